// SPDX-License-Identifier: GPL-2.0-or-later
// Physical memory that lies in ranges of a file which is read, not mapped.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/base/pread_file.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Physical [start, start + size), at `offset` of the file.
struct FileRange {
    PhysAddr start;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

class FileRanges {
  public:
    /// Where ranges overlap, the one that starts first counts.
    FileRanges(std::shared_ptr<const PreadFile> file, std::vector<FileRange> ranges);

    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const;
    /// With a buffer of 256 KiB a thread. Returns how many pages could not be read.
    std::uint64_t scan(std::uint64_t page_size, const PageVisitor& visit) const;

  private:
    [[nodiscard]] std::uint64_t scan_piece(const FileRange& piece, std::uint64_t page_size,
                                           const PageVisitor& visit) const;

    class Openings;
    std::shared_ptr<const PreadFile> file_;
    std::shared_ptr<Openings> openings_;
    std::vector<FileRange> ranges_;  // ascending, disjoint, none empty
};

}  // namespace kstrax
