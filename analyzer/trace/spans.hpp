// SPDX-License-Identifier: GPL-2.0-or-later
// What lasts from one event to another and is no system call: functions, interrupts, work. Such spans nest within a thread.
// What system calls do besides (execve, lost records, tasks that say what they are in) is the Pairer's.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "analyzer/recording/event.hpp"

namespace kstrax {

struct EventSpan {
    const EventType* type = nullptr;  ///< of its begin; where none is there, of its end
    Tid tid = 0;
    CpuId cpu = 0;                       ///< it began on; where no begin is there, it ended on
    std::optional<Nanos> start;          ///< none: its begin is not recorded
    std::optional<Nanos> end;            ///< none: it goes on when the recording ends, or its end is not recorded
    std::uint64_t args[kMostArgs] = {};  ///< of `type`
    std::uint32_t depth = 0;             ///< of how many spans of its thread it is within
    Nanos inner = 0;                     ///< how long spans took that are directly within it
    std::optional<Nanos> measured;       ///< how long it took, as its recorder has measured; none: it has not

    /// How long it took; none where its begin or its end is not recorded, and nobody has measured it.
    [[nodiscard]] std::optional<Nanos> taken() const {
        if (measured || !start || !end) return measured;
        return *end - std::min(*start, *end);
    }
};

enum class SpanStep : std::uint8_t {
    Begin,
    End,
    EndLost,  ///< its end is not recorded: something has happened that comes after it
    Open,     ///< the recording ends before it
    Instant,
};

/// Takes records in the order of MergedRecords. Memory grows with open spans only, of which a thread has a limited number.
class SpanTracker {
  public:
    using Sink = std::function<void(const EventSpan&, SpanStep)>;  ///< the span is valid during the call only
    explicit SpanTracker(Sink sink) : sink_(std::move(sink)) {}

    /// Records of system calls are passed over.
    void feed(const Record& record);
    /// How deep a thread of that CPU is now.
    [[nodiscard]] std::uint32_t depth_of(Tid tid, CpuId cpu) const;
    /// The end of the recording: gives what is open, by thread, the outer before the inner.
    void finish();

  private:
    using Spans = std::vector<EventSpan>;
    /// Each CPU has an idle thread of its own, and all are 0.
    static std::pair<Tid, CpuId> key_of(Tid tid, CpuId cpu) { return {tid, tid == 0 ? cpu : 0}; }
    void begin(const Record& record, Spans& open);
    void end(const Record& record, Spans& open);
    /// The inner first, down to `from`.
    void give_up(Spans& open, std::size_t from);

    Sink sink_;
    std::map<std::pair<Tid, CpuId>, Spans> open_;
};

}  // namespace kstrax
