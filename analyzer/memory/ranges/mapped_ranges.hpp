// SPDX-License-Identifier: GPL-2.0-or-later
// Physical memory that lies uncompressed in a mapped file, in ranges.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Physical [start, start + data.size()).
struct MappedRange {
    PhysAddr start;
    Bytes data;
};

class MappedRanges {
  public:
    /// Where ranges overlap, the one that starts first counts.
    /// `file`: that all bytes are of.
    MappedRanges(std::shared_ptr<const MappedFile> file, std::vector<MappedRange> ranges);

    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const;
    /// As MemorySource::scan; nothing fails to be read. Pages that are holes of the file are zeros, and left out.
    std::uint64_t scan(std::uint64_t page_size, const PageVisitor& visit) const;

  private:
    void scan_piece(const MappedRange& piece, const std::vector<DataExtent>& extents, std::uint64_t page_size,
                    const PageVisitor& visit) const;
    [[nodiscard]] std::vector<PhysAddr> border_pages(std::uint64_t page_size) const;
    [[nodiscard]] std::vector<std::byte> border_page(PhysAddr page, std::uint64_t page_size) const;

    std::shared_ptr<const MappedFile> file_;
    std::vector<MappedRange> ranges_;  // ascending, disjoint, none empty
};

}  // namespace kstrax
