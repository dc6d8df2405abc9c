// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of one trace ring in memory.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/importers/ftrace/trace_track.hpp"
#include "analyzer/kernel/ftrace/trace_instances.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// A page of a ring, by where it lies.
struct PhysicalPage {
    std::optional<PhysAddr> at;  ///< none: it is not mapped
    TracePage page;
};

struct RingPages {
    const MemorySource& source;
    std::uint64_t page_size = 0;  ///< bytes
    std::vector<PhysicalPage> pages;

    /// This and the source must outlive it.
    [[nodiscard]] std::unique_ptr<TracePages> open() const;
};

}  // namespace kstrax
