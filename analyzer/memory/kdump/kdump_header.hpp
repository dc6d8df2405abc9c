// SPDX-License-Identifier: GPL-2.0-or-later
// What the headers of a kdump-compressed file say: block 0 the header, block 1 the
// sub-header, then two bitmaps, then a descriptor for each page stored.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/memory/kdump/page_bitmap.hpp"
#include "analyzer/memory/logical_file.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Page frames [first, end).
struct FrameRange {
    std::uint64_t first = 0;
    std::uint64_t end = std::numeric_limits<std::uint64_t>::max();
    bool operator==(const FrameRange&) const = default;
};

struct KdumpHeader {
    std::uint32_t page_size = 0;
    std::uint64_t descriptors = 0;             ///< offset of the first
    std::shared_ptr<const PageBitmap> bitmap;  ///< of the whole dump, also in one file of a split one
    bool split = false;
    FrameRange stored;   ///< whose descriptors are in this file
    std::string system;  ///< struct new_utsname
    std::string vmcoreinfo;
    std::uint16_t machine = 0;  ///< ELF's
    std::vector<Note> notes;
    bool incomplete = false;  ///< says its writer
};

/// Fails with NotMine for a file that does not begin like one.
[[nodiscard]] Result<KdumpHeader> read_kdump_header(const LogicalFile& file);

}  // namespace kstrax
