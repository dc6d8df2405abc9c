// SPDX-License-Identifier: GPL-2.0-or-later
// What every line of a report depends on besides its own record.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "analyzer/query/filter.hpp"
#include "analyzer/recording/recording.hpp"
#include "analyzer/trace/call_names.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/survey.hpp"
#include "analyzer/views/statistics_request.hpp"
#include "analyzer/views/task_notes.hpp"
#include "analyzer/wording/argument_text.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

struct ReportContext {
    explicit ReportContext(const Recording& from)
        : recording(from), survey(from), names(from.facts.audit_arch), clock(from) {}

    const Recording& recording;
    /// For whatever needs figures before the records are read: made once, and only if it is asked for.
    Survey survey;
    CallNames names;
    /// How text shows times.
    ReportClock clock;
    /// When the recording ends: the panic, else the last record read so far.
    Nanos end = 0;
    /// The thread that panicked, as the recorder stamped it; 0 if none did, or it is not known.
    Tid panicked = recording.end.time_ns != 0 ? std::uint32_t{recording.end.pid} : 0;
    /// Of the CPUs' clocks, as pairing shows it.
    Skew skew;
    /// Which calls or records are to be shown.
    Selection selection;
    /// Text reports of calls and records show their file names and nothing else.
    bool names_only = false;
    StatisticsRequest statistics;
    /// What is known of tasks beside the recording; null if nothing. Set by know_tasks().
    const TaskNotes* notes = nullptr;
    /// By which arguments are shown as what they mean; null: as hexadecimal numbers.
    const ArgumentMeanings* meanings = nullptr;
    const CancelFlag* cancel = nullptr;
    /// Of a report that goes on, as ReportRequest::more; and what brings its rows out before the wait.
    std::function<bool()> more;
    std::function<void()> show;

    /// A recorder that a capture kernel's start left no time to stamp its end does not know who panicked;
    /// the kernel does.
    void know_tasks(const TaskNotes* known) {
        notes = known;
        if (panicked != 0 || notes == nullptr) return;
        for (const TaskNote& note : notes->noteworthy())
            if (note.panicked) panicked = note.tid;
    }

    [[nodiscard]] bool has_tgid() const { return recording.layout->tgid.size != 0; }
    [[nodiscard]] std::uint8_t word_size() const { return recording.facts.word_size; }
};

/// A call's name by its table; "syscall_N" for a number without a name, in
/// `scratch`; "unknown" where no number was recorded.
[[nodiscard]] std::string_view call_name(const ReportContext& context, std::uint16_t abi, std::uint16_t nr,
                                         std::string& scratch);

}  // namespace kstrax
