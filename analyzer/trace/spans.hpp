// SPDX-License-Identifier: GPL-2.0-or-later
// Spans of the families that are no system calls, whose begins and ends nest within a thread. What system
// calls do besides (execve, lost records, tasks that say what they are in) is the Pairer's.
#pragma once

#include <functional>
#include <map>
#include <optional>
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
};

/// Takes records in the order of MergedRecords and gives spans as they end; instants as spans that last no
/// time. Memory grows with open spans only.
class SpanTracker {
  public:
    using Sink = std::function<void(const EventSpan&)>;  ///< the span is valid during the call only
    explicit SpanTracker(Sink sink) : sink_(std::move(sink)) {}

    /// Records of system calls are passed over.
    void feed(const Record& record);
    /// The end of the recording: gives what is open, by thread and family, the outer before the inner.
    void finish();

  private:
    Sink sink_;
    std::map<std::pair<Tid, std::string_view>, std::vector<EventSpan>> open_;
};

}  // namespace kstrax
