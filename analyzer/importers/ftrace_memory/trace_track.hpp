// SPDX-License-Identifier: GPL-2.0-or-later
// One CPU's events out of the pages of its trace ring in memory.
#pragma once

#include <memory>
#include <vector>

#include "analyzer/importers/ftrace/event_table.hpp"
#include "analyzer/importers/ftrace/ring_page.hpp"
#include "analyzer/kernel/ftrace/trace_instances.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// A page of a ring, by where it lies.
struct PhysicalPage {
    std::optional<PhysAddr> at;  ///< none: it is not mapped
    TracePage page;
};

/// What makes one ring readable.
struct TraceRingPlace {
    std::vector<PhysicalPage> pages;
    std::uint64_t page_size = 0;  ///< bytes
    std::uint64_t first = 0;      ///< position of the oldest event that is left
    bool newest_missing = false;  ///< events behind the last one were dropped
    RingPageForm form;
    std::shared_ptr<const EventTable> types;
};

class TraceTrack final : public EventSource {
  public:
    /// `source` must outlive it.
    TraceTrack(const MemorySource& source, TraceRingPlace place) : source_(source), place_(std::move(place)) {}
    [[nodiscard]] std::unique_ptr<EventCursor> open() const override;

  private:
    class Cursor;

    const MemorySource& source_;
    TraceRingPlace place_;
};

}  // namespace kstrax
