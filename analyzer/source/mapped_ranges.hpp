// SPDX-License-Identifier: GPL-2.0-or-later
// Physical memory that lies uncompressed in a mapped file, in ranges.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/source/memory_source.hpp"

namespace kstrax {

/// Physical [start, start + data.size()).
struct MappedRange {
    PhysAddr start;
    Bytes data;
};

class MappedRanges {
  public:
    MappedRanges() = default;
    /// Where ranges overlap, the one that starts first counts.
    explicit MappedRanges(std::vector<MappedRange> ranges);

    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const;
    void scan(std::uint64_t page_size, const PageVisitor& visit) const;

  private:
    struct BorderPage {
        PhysAddr start;
        std::vector<std::byte> bytes;
    };
    [[nodiscard]] std::vector<BorderPage> border_pages(std::uint64_t page_size) const;

    std::vector<MappedRange> ranges_;  // ascending, disjoint, none empty
};

}  // namespace kstrax
