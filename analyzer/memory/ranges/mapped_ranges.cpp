// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/ranges/mapped_ranges.hpp"

#include <algorithm>
#include <cstring>

#include "analyzer/base/parallel.hpp"
#include "analyzer/memory/ranges/range_list.hpp"

namespace kstrax {

// Where the templates find them, by the namespace of the range.
static std::uint64_t size_of(const MappedRange& range) { return range.data.size(); }

static MappedRange part_of(const MappedRange& range, std::uint64_t at, std::uint64_t size) {
    return {range.start + at, *slice(range.data, at, size)};
}

MappedRanges::MappedRanges(std::shared_ptr<const MappedFile> file, std::vector<MappedRange> ranges)
    : file_(std::move(file)), ranges_(disjoint(std::move(ranges))) {}

std::uint64_t MappedRanges::size() const { return total_size(ranges_); }

Result<void> MappedRanges::read(PhysAddr at, MutableBytes out) const {
    return read_ranges(ranges_, at, out,
                       [this](const MappedRange& range, std::uint64_t offset, MutableBytes part) -> Result<void> {
                           std::memcpy(part.data(), range.data.data() + offset, part.size());
                           file_->passed(part.size());
                           return {};
                       });
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
        // Nothing is added to an address: the page may be the last one of all.
        const std::uint64_t from = std::max(page, part->start).value;
        const std::uint64_t in_page = from - page.value, in_part = from - part->start.value;
        const std::uint64_t size = std::min<std::uint64_t>(part->data.size() - in_part, page_size - in_page);
        std::memcpy(bytes.data() + in_page, part->data.data() + in_part, static_cast<std::size_t>(size));
    }
    return bytes;
}

/// Shows the pages of a piece that some of the file's data lies in.
void MappedRanges::scan_piece(const MappedRange& piece, const std::vector<DataExtent>& extents, std::uint64_t page_size,
                              const PageVisitor& visit) const {
    const auto begin = static_cast<std::uint64_t>(piece.data.data() - file_->bytes().data());
    const std::uint64_t size = piece.data.size();
    std::uint64_t shown = 0;
    for (auto extent = std::ranges::upper_bound(extents, begin, {}, &DataExtent::end);
         extent != extents.end() && extent->start < begin + size; ++extent) {
        const std::uint64_t from = extent->start - std::min(extent->start, begin);
        const std::uint64_t first = std::max(shown, from / page_size * page_size);
        const std::uint64_t last = (std::min(extent->end - begin, size) + page_size - 1) / page_size * page_size;
        if (first >= last) continue;
        visit(piece.start + first, *slice(piece.data, first, last - first));
        file_->passed(static_cast<std::size_t>(last - first));
        shown = last;
    }
}

std::uint64_t MappedRanges::scan(std::uint64_t page_size, const PageVisitor& visit) const {
    const std::vector<MappedRange> pieces = pieces_of(ranges_, page_size, page_size);
    const std::vector<DataExtent> extents = file_->data_extents();
    parallel_for(pieces.size(), [&](std::size_t i) { scan_piece(pieces[i], extents, page_size, visit); });
    const std::vector<PhysAddr> borders = border_pages(page_size);
    parallel_for(borders.size(), [&](std::size_t i) { visit(borders[i], border_page(borders[i], page_size)); });
    return 0;
}

}  // namespace kstrax
