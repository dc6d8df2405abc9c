// SPDX-License-Identifier: GPL-2.0-or-later
// What lists of ranges of physical memory have in common, wherever their bytes are. A range has a `start`; beside it
// stand size_of(range) and part_of(range, at, size), which is that many of its bytes from `at` on.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Ascending, disjoint, none empty: where ranges overlap, the one that starts first counts.
template <typename Range>
[[nodiscard]] std::vector<Range> disjoint(std::vector<Range> ranges) {
    std::ranges::stable_sort(ranges, {}, &Range::start);
    std::vector<Range> kept;
    std::uint64_t covered = 0;
    for (const Range& range : ranges) {
        const std::uint64_t start = range.start.value;
        const std::uint64_t size = std::min(size_of(range), std::numeric_limits<std::uint64_t>::max() - start);
        const std::uint64_t known = std::min(std::max(covered, start) - start, size);
        if (known == size) continue;
        covered = start + size;
        kept.push_back(part_of(range, known, size - known));
    }
    return kept;
}

template <typename Range>
[[nodiscard]] std::uint64_t total_size(const std::vector<Range>& ranges) {
    std::uint64_t total = 0;
    for (const Range& range : ranges) total += size_of(range);
    return total;
}

/// As MemorySource::read. `copy` fills its bytes from a range, from an offset in it on. Precondition: disjoint.
template <typename Range, typename Copy>
[[nodiscard]] Result<void> read_ranges(const std::vector<Range>& ranges, PhysAddr at, MutableBytes out, Copy copy) {
    auto range = std::ranges::upper_bound(ranges, at, {}, &Range::start);
    if (range != ranges.begin()) --range;
    while (!out.empty()) {
        const bool inside =
            range != ranges.end() && at >= range->start && at.value - range->start.value < size_of(*range);
        if (!inside) return Error{ErrorCode::NotFound, "no such physical address in this image", at.value};
        const std::uint64_t offset = at.value - range->start.value;
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_of(*range) - offset));
        const Result<void> copied = copy(*range, offset, out.first(part));
        if (!copied) return Error{copied.error().code, copied.error().message, at.value};
        out = out.subspan(part);
        at = at + part;
        ++range;
    }
    return {};
}

/// Shares of work for a scan, each from a page boundary on: an anchor cannot begin elsewhere. All have a multiple of
/// `unit` bytes; what a range has beyond is in none.
template <typename Range>
[[nodiscard]] std::vector<Range> pieces_of(const std::vector<Range>& ranges, std::uint64_t page_size,
                                           std::uint64_t unit) {
    constexpr std::uint64_t kPiece = std::uint64_t{16} << 20;  // a multiple of any page size
    std::vector<Range> pieces;
    for (const Range& range : ranges) {
        const std::uint64_t skip = (page_size - range.start.value % page_size) % page_size;
        const std::uint64_t size = size_of(range);
        for (std::uint64_t at = skip; at < size && size - at >= unit; at += kPiece)
            pieces.push_back(part_of(range, at, std::min(kPiece, (size - at) / unit * unit)));
    }
    return pieces;
}

}  // namespace kstrax
