// SPDX-License-Identifier: GPL-2.0-or-later
// Which page frames a ring lies in, by the kernel's page tables alone.
#pragma once

#include <string>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/importers/kstrax_memory/rings/frame_map.hpp"

namespace kstrax {

struct TableFrames {
    FrameMap map;
    std::uint64_t pages = 0;     ///< translated
    std::uint64_t unmapped = 0;  ///< that the tables say are not there, or say nonsense of
    std::uint64_t unknown = 0;   ///< whose tables are not in the dump
    std::uint64_t repeated = 0;  ///< mapped to a frame that a page before them has
    std::uint64_t left = 0;      ///< not looked at: the tables are made to deceive

    /// A sentence if anything is missing; else empty.
    [[nodiscard]] std::string damage() const;
};

/// Translates the pages of [address, address + size). `page_shift`: of the frame
/// numbers wanted. Precondition: `address` is page-aligned (else every page is unmapped).
/// Takes time in proportion to the pages that are mapped, not to a size that a damaged
/// anchor may give.
[[nodiscard]] TableFrames table_frames(KernelSpace& space, VirtAddr address, std::uint64_t size, unsigned page_shift);

}  // namespace kstrax
