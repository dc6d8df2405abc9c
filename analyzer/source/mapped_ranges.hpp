// SPDX-License-Identifier: GPL-2.0-or-later
// Physical memory that lies uncompressed in a mapped file, in ranges.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/base/mapped_file.hpp"
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
    /// `file`: that all bytes are of; outlives this.
    MappedRanges(std::vector<MappedRange> ranges, const MappedFile* file);

    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const;
    void scan(std::uint64_t page_size, const PageVisitor& visit) const;

  private:
    [[nodiscard]] std::vector<PhysAddr> border_pages(std::uint64_t page_size) const;
    [[nodiscard]] std::vector<std::byte> border_page(PhysAddr page, std::uint64_t page_size) const;

    std::vector<MappedRange> ranges_;  // ascending, disjoint, none empty
    const MappedFile* file_ = nullptr;
};

}  // namespace kstrax
