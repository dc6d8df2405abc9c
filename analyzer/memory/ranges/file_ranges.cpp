// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/ranges/file_ranges.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "analyzer/base/parallel.hpp"

namespace kstrax {

FileRanges::FileRanges(std::shared_ptr<const PreadFile> file, std::vector<FileRange> ranges) : file_(std::move(file)) {
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const FileRange& a, const FileRange& b) { return a.start < b.start; });
    std::uint64_t covered = 0;
    for (FileRange range : ranges) {
        range.size = std::min(range.size, std::numeric_limits<std::uint64_t>::max() - range.start.value);
        if (range.start.value < covered) {
            const std::uint64_t known = std::min(covered - range.start.value, range.size);
            range = {range.start + known, range.size - known, range.offset + known};
        }
        if (range.size == 0) continue;
        covered = range.start.value + range.size;
        ranges_.push_back(range);
    }
}

std::uint64_t FileRanges::size() const {
    std::uint64_t total = 0;
    for (const FileRange& range : ranges_) total += range.size;
    return total;
}

Result<void> FileRanges::read(PhysAddr at, MutableBytes out) const {
    auto range = std::upper_bound(ranges_.begin(), ranges_.end(), at,
                                  [](PhysAddr address, const FileRange& r) { return address < r.start; });
    if (range != ranges_.begin()) --range;
    while (!out.empty()) {
        const bool inside = range != ranges_.end() && at >= range->start && at.value - range->start.value < range->size;
        if (!inside) return Error{ErrorCode::NotFound, "no such physical address in this image", at.value};
        const std::uint64_t skipped = at.value - range->start.value;
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), range->size - skipped));
        if (const auto read = file_->read(range->offset + skipped, out.first(part)); !read)
            return Error{read.error().code, read.error().message, at.value};
        out = out.subspan(part);
        at = at + part;
        ++range;
    }
    return {};
}

std::uint64_t FileRanges::scan_piece(const FileRange& piece, std::uint64_t page_size, const PageVisitor& visit) const {
    constexpr std::uint64_t kBuffer = std::uint64_t{2} << 20;  // few calls: a running machine records them
    std::uint64_t unreadable = 0;
    const auto own = PreadFile::open(file_->path());  // so that threads need not wait for one another
    const PreadFile& file = own ? **own : *file_;
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::max(kBuffer, page_size)));
    const auto show = [&](std::uint64_t done, std::uint64_t part) {
        const auto bytes = MutableBytes(buffer).first(static_cast<std::size_t>(part));
        if (!file.read(piece.offset + done, bytes)) return false;
        const std::uint64_t pages = (part + page_size - 1) / page_size * page_size;
        std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(part),
                  buffer.begin() + static_cast<std::ptrdiff_t>(pages), std::byte{});
        visit(piece.start + done, Bytes(buffer).first(static_cast<std::size_t>(pages)));
        return true;
    };
    for (std::uint64_t done = 0; done < piece.size;) {
        const std::uint64_t part = std::min<std::uint64_t>(buffer.size() / page_size * page_size, piece.size - done);
        // One page that cannot be read must not hide those around it.
        if (!show(done, part))
            for (std::uint64_t page = 0; page < part; page += page_size)
                if (!show(done + page, std::min(page_size, part - page))) ++unreadable;
        done += part;
    }
    return unreadable;
}

std::uint64_t FileRanges::scan(std::uint64_t page_size, const PageVisitor& visit) const {
    constexpr std::uint64_t kPiece = std::uint64_t{16} << 20;  // a share of work; a multiple of any page size
    std::vector<FileRange> pieces;
    for (const FileRange& range : ranges_) {
        // Aligned pages: an anchor cannot begin elsewhere.
        const std::uint64_t skip = (page_size - range.start.value % page_size) % page_size;
        for (std::uint64_t done = skip; done < range.size; done += kPiece)
            pieces.push_back({range.start + done, std::min(kPiece, range.size - done), range.offset + done});
    }
    std::atomic<std::uint64_t> unreadable{0};
    parallel_for(pieces.size(), [&](std::size_t i) { unreadable += scan_piece(pieces[i], page_size, visit); });
    return unreadable;
}

}  // namespace kstrax
