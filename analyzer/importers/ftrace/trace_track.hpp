// SPDX-License-Identifier: GPL-2.0-or-later
// One CPU's events out of the pages of its trace ring, wherever these lie.
#pragma once

#include <functional>
#include <memory>

#include "analyzer/importers/ftrace/event_table.hpp"
#include "analyzer/importers/ftrace/ring_page.hpp"

namespace kstrax {

/// A page of a ring, and what is known of it from elsewhere.
struct TracePageView {
    Bytes bytes;                               ///< empty: it cannot be read
    std::optional<std::uint64_t> events = {};  ///< that were begun in it
    std::uint64_t read_bytes = 0;              ///< of its events, from the first one: a reader has had them
    bool newest = false;                       ///< the last events may be unfinished
};

/// Reads the pages of one ring once, oldest first.
class TracePages {
  public:
    virtual ~TracePages() = default;
    /// False: there are no more. The bytes are valid until the following call.
    virtual bool next(TracePageView& page) = 0;
};

/// Nanoseconds = value * multiplier >> shift, and offset added to it.
struct TraceTime {
    std::uint32_t multiplier = 1;
    std::uint32_t shift = 0;  ///< below 64
    std::uint64_t offset = 0;

    [[nodiscard]] std::uint64_t nanoseconds(std::uint64_t value) const {
        if (multiplier == 1 && shift == 0) return value + offset;
        const std::uint64_t low = (value & 0xffffffff) * multiplier;
        const std::uint64_t high = (value >> 32) * multiplier;
        return (low >> shift) + (shift <= 32 ? high << (32 - shift) : high >> (shift - 32)) + offset;
    }
};

/// What makes one ring readable.
struct TraceRingForm {
    RingPageForm form;
    std::shared_ptr<const EventTable> types;
    TraceTime time = {};
    std::uint64_t first = 0;      ///< position of the oldest event that is left, by whoever knows
    bool newest_missing = false;  ///< events behind the last one were dropped
};

class TraceTrack final : public EventSource {
  public:
    using OpenPages = std::function<std::unique_ptr<TracePages>()>;
    TraceTrack(OpenPages pages, TraceRingForm form) : pages_(std::move(pages)), form_(std::move(form)) {}
    [[nodiscard]] std::unique_ptr<EventCursor> open() const override;

  private:
    class Cursor;

    OpenPages pages_;
    TraceRingForm form_;
};

}  // namespace kstrax
