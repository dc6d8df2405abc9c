// SPDX-License-Identifier: GPL-2.0-or-later
// Rings whose place the user knows: no anchor, no frame lists. What only an anchor
// says (clocks, host, losses by cause, the panic) is then not known.
#pragma once

#include <variant>
#include <vector>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

struct GivenRing {
    CpuId cpu = 0;
    std::variant<VirtAddr, PhysAddr> at;  ///< a physical one: a ring in one piece of memory
    std::uint64_t entries = 0;
};

struct GivenRings {
    std::vector<GivenRing> rings;  ///< each CPU once
    const Layout* layout = nullptr;
    const Architecture* architecture = nullptr;  ///< whose system calls the records are of
    KernelSpace* space = nullptr;                ///< needed if one of `at` is virtual
    std::string kernel_release;                  ///< empty: not known
};

/// Opens them as one recording. A ring that cannot be made sense of is said in its
/// `damage`; fails, with what was wrong with the first, if no ring has a record.
/// `source`, space and layout must outlive the recording. Precondition: each ring has
/// 1 to kMostGivenEntries entries.
[[nodiscard]] Result<Recording> open_given_rings(const MemorySource& source, const GivenRings& given);

}  // namespace kstrax
