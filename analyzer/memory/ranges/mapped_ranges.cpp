// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/ranges/mapped_ranges.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "analyzer/base/parallel.hpp"

namespace kstrax {

MappedRanges::MappedRanges(std::shared_ptr<const MappedFile> file, std::vector<MappedRange> ranges)
    : file_(std::move(file)) {
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const MappedRange& a, const MappedRange& b) { return a.start < b.start; });
    std::uint64_t covered = 0;
    for (MappedRange range : ranges) {
        const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - range.start.value;
        range.data = range.data.first(static_cast<std::size_t>(std::min<std::uint64_t>(range.data.size(), room)));
        if (range.start.value < covered) {
            const std::uint64_t known = std::min<std::uint64_t>(covered - range.start.value, range.data.size());
            range = {range.start + known, range.data.subspan(static_cast<std::size_t>(known))};
        }
        if (range.data.empty()) continue;
        covered = range.start.value + range.data.size();
        ranges_.push_back(range);
    }
}

std::uint64_t MappedRanges::size() const {
    std::uint64_t total = 0;
    for (const MappedRange& range : ranges_) total += range.data.size();
    return total;
}

Result<void> MappedRanges::read(PhysAddr at, MutableBytes out) const {
    auto range = std::upper_bound(ranges_.begin(), ranges_.end(), at,
                                  [](PhysAddr address, const MappedRange& r) { return address < r.start; });
    if (range != ranges_.begin()) --range;
    while (!out.empty()) {
        const bool inside =
            range != ranges_.end() && at >= range->start && at.value - range->start.value < range->data.size();
        if (!inside) return Error{ErrorCode::NotFound, "no such physical address in this image", at.value};
        const auto offset = static_cast<std::size_t>(at.value - range->start.value);
        const std::size_t part = std::min(out.size(), range->data.size() - offset);
        std::memcpy(out.data(), range->data.data() + offset, part);
        file_->passed(part);
        out = out.subspan(part);
        at = at + part;
        ++range;
    }
    return {};
}

/// The pages that begin in one range and end elsewhere.
std::vector<PhysAddr> MappedRanges::border_pages(std::uint64_t page_size) const {
    std::vector<PhysAddr> pages;
    for (const MappedRange& range : ranges_) {
        const std::uint64_t end = range.start.value + range.data.size();
        const std::uint64_t first = end / page_size * page_size;
        if (first != end && first >= range.start.value) pages.push_back({first});
    }
    return pages;
}

/// One of them, put together; what no range has is zero.
std::vector<std::byte> MappedRanges::border_page(PhysAddr page, std::uint64_t page_size) const {
    std::vector<std::byte> bytes(static_cast<std::size_t>(page_size));
    auto part = std::upper_bound(ranges_.begin(), ranges_.end(), page,
                                 [](PhysAddr address, const MappedRange& r) { return address < r.start; });
    for (--part; part != ranges_.end(); ++part) {
        if (part->start > page && part->start.value - page.value >= page_size) break;
        const std::uint64_t from = std::max(page, part->start).value;
        const std::uint64_t size = std::min(part->start.value + part->data.size(), page.value + page_size) - from;
        std::memcpy(bytes.data() + (from - page.value), part->data.data() + (from - part->start.value),
                    static_cast<std::size_t>(size));
    }
    return bytes;
}

std::uint64_t MappedRanges::scan(std::uint64_t page_size, const PageVisitor& visit) const {
    constexpr std::uint64_t kPiece = std::uint64_t{16} << 20;  // a share of work; a multiple of any page size
    std::vector<MappedRange> pieces;
    for (const MappedRange& range : ranges_) {
        // Aligned pages: an anchor cannot begin elsewhere.
        const std::uint64_t skip = (page_size - range.start.value % page_size) % page_size;
        for (std::uint64_t offset = skip; offset + page_size <= range.data.size(); offset += kPiece) {
            const std::uint64_t length = std::min(kPiece, (range.data.size() - offset) / page_size * page_size);
            pieces.push_back({range.start + offset, *slice(range.data, offset, length)});
        }
    }
    parallel_for(pieces.size(), [&](std::size_t i) {
        visit(pieces[i].start, pieces[i].data);
        file_->passed(pieces[i].data.size());
    });
    const std::vector<PhysAddr> borders = border_pages(page_size);
    parallel_for(borders.size(), [&](std::size_t i) { visit(borders[i], border_page(borders[i], page_size)); });
    return 0;
}

}  // namespace kstrax
