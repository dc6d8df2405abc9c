// SPDX-License-Identifier: GPL-2.0-or-later
// What every line of a report depends on besides its own record.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "analyzer/fields/column_set.hpp"
#include "analyzer/fields/line.hpp"
#include "analyzer/query/filter.hpp"
#include "analyzer/trace/survey.hpp"
#include "analyzer/views/call_order.hpp"
#include "analyzer/views/log_beside.hpp"
#include "analyzer/views/statistics_request.hpp"

namespace kstrax {

struct ReportContext : LineContext {
    explicit ReportContext(const Recording& from) : LineContext(from), survey(from) {}

    /// For whatever needs figures before the records are read: made once, and only if it is asked for.
    Survey survey;
    /// The thread that panicked, as the recorder stamped it; 0 if none did, or it is not known.
    Tid panicked = recording.end.time_ns != 0 ? std::uint32_t{recording.end.pid} : 0;
    /// Of the CPUs' clocks, as pairing shows it.
    Skew skew;
    /// Records that pairing shows to be wrong.
    Contradictions contradictions;
    /// Which calls or records are to be shown.
    Selection selection;
    /// Of the text of paired and statistics reports.
    ColumnSet columns = ColumnSet::Manual;
    /// Text reports of calls and records show their file names and nothing else.
    bool names_only = false;
    StatisticsRequest statistics;
    /// Of statistics, the column that rows are sorted by; empty: the usual one.
    std::string sort;
    /// Of reports of calls: the order of rows, and how many of them are shown.
    std::optional<CallOrder> order;
    std::optional<std::uint64_t> first;
    /// Of the text of what is in flight; empty: rows alone.
    AboutTask about_task;
    /// Of paired text: the kernel's log beside the calls; null: none.
    const LogEntries* log = nullptr;
    const CancelFlag* cancel = nullptr;
    /// Of a report that goes on, as ReportRequest::more; and what brings its rows out before the wait.
    std::function<bool()> more;
    std::function<void()> show;

    /// A recorder that a capture kernel's start left no time to stamp its end does not know who panicked;
    /// the kernel does.
    void know_tasks(const TaskNotes* known) {
        notes = known;
        if (panicked != 0 || notes == nullptr) return;
        for (const TaskNote& note : notes->all())
            if (note.panicked) panicked = note.tid;
    }
};

}  // namespace kstrax
