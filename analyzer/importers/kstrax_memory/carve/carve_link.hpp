// SPDX-License-Identifier: GPL-2.0-or-later
// Which page goes on where another ends. Several may fit by their serials: those of
// the other CPUs, of older recordings, and copies.
//
// What decides, the strongest first: frame lists that are left; the slot that lies
// across the border, whose halves must make one entry; times, which never go back;
// pages side by side in memory, as they were allocated; and threads, which leave a
// call before they enter the next.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "analyzer/importers/kstrax_memory/carve/carve_runs.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// What a frame list that is left says of a page.
struct KnownPage {
    std::uint64_t instance = 0;
    CpuId cpu = 0;
    std::uint64_t ordinal = 0;  ///< in its ring
};
/// By physical address.
using KnownPages = std::map<std::uint64_t, KnownPage>;

inline constexpr std::uint32_t kNoRun = ~0U;

struct RunLinks {
    std::vector<std::uint32_t> next;  ///< by index of a run; kNoRun: nothing follows
    std::vector<std::uint32_t> previous;
    std::vector<bool> shared;     ///< with `next`: a slot lies across the border
    std::uint64_t chosen = 0;     ///< borders at which more than one page fitted
    std::uint64_t undecided = 0;  ///< of these, with nothing but closeness in time to choose by
};

/// Each run gets at most one successor and is that of at most one. Reads every page
/// of a run twice. Takes time in proportion to the runs, whatever they hold.
[[nodiscard]] RunLinks link_runs(const MemorySource& source, const std::vector<EntryRun>& runs,
                                 const KnownPages& known);

}  // namespace kstrax
