// SPDX-License-Identifier: GPL-2.0-or-later
// One pass over all of memory: what begins a page and is worth a closer look.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/base/types.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Addresses ascend in each list. Nothing is verified but the first bytes.
struct PageScan {
    std::vector<PhysAddr> anchors;
    std::vector<PhysAddr> frame_lists;
    std::vector<PhysAddr> vmcoreinfo;  ///< pages that begin with "OSRELEASE="
    std::uint64_t unreadable_pages = 0;
};

[[nodiscard]] PageScan scan_pages(const MemorySource& source);

}  // namespace kstrax
