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

/// How many pages may be looked for in the page tables of a dump, for all of its rings: twice as many as it has, and some. A
/// damaged anchor gives any number of rings any size, and tables that lead in circles map all of it.
class TableLooks {
  public:
    TableLooks(const MemorySource& source, unsigned page_shift);
    /// Answers whether there was one left.
    [[nodiscard]] bool take() { return left_ > 0 && left_-- > 0; }

  private:
    std::uint64_t left_;
};

/// Translates the pages of [address, address + size). `page_shift`: of the frame
/// numbers wanted. Precondition: `address` is page-aligned (else every page is unmapped).
/// Takes time in proportion to the pages that are mapped, and to no more than `looks` has left.
[[nodiscard]] TableFrames table_frames(KernelSpace& space, VirtAddr address, std::uint64_t size, unsigned page_shift,
                                       TableLooks& looks);

}  // namespace kstrax
