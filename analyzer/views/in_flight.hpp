// SPDX-License-Identifier: GPL-2.0-or-later
// What is in flight at the end, by two witnesses: the records, and where a dump's tasks were.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "analyzer/sinks/escape.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/record_reader.hpp"
#include "analyzer/views/context.hpp"

namespace kstrax {

[[nodiscard]] inline bool may_have_ended(const Call& call) {
    return is_open(call.state) && call.state != CallState::InFlight;
}

/// By the records the call is in flight, by the registers of its task it is not.
[[nodiscard]] bool is_contradicted(const LineContext& context, const Call& call);

struct InFlightRow {
    Call call;
    const TaskNote* note = nullptr;  ///< of the context's or of InFlight::notes; null: nothing is known of its task
    bool panicked = false;

    [[nodiscard]] bool may_have_ended() const { return kstrax::may_have_ended(call); }
};

/// There may be millions of rows: they are not copied while they become more.
struct InFlight {
    /// Calls: that of the task that panicked, those of blocked tasks, then those that take longest; and
    /// in the same order those that may have ended.
    std::deque<InFlightRow> calls;
    /// Tasks that a reader would miss: they ran or were blocked, in no call that is known.
    std::deque<InFlightRow> others;
    std::vector<TaskNote> notes;
};

/// Takes a recording's calls as they pass by.
class InFlightFinder {
  public:
    /// `context` must outlive it.
    explicit InFlightFinder(const ReportContext& context);

    /// Every call, whatever the filters say.
    void see(const Call& call);
    /// A call that the filters let pass.
    void add(const Call& call) {
        if (is_open(call.state)) found_.calls.push_back(row_of(call));
    }
    /// Once all have passed, and once only. `selection`: the context's, for what no record tells of.
    [[nodiscard]] InFlight finish(std::span<const CpuTrust> trust, Selection& selection);

  private:
    [[nodiscard]] InFlightRow row_of(const Call& call) const;
    [[nodiscard]] Call call_of(const TaskNote& note, std::optional<Nanos> whole_from) const;
    [[nodiscard]] const Call* returned(const TaskNote& note, const TaskCall& task,
                                       std::optional<Nanos> whole_from) const;

    [[nodiscard]] bool is_shown(const TaskNote& note) const;

    const ReportContext& context_;
    std::unordered_map<Tid, Call> last_exits_;  // of the noteworthy
    std::unordered_map<Tid, Call> open_;        // what records say that the dump's tasks are in
    InFlight found_;
};

[[nodiscard]] std::string in_flight_heading(const ReportContext& context, bool noted);
/// One line. `noted`: with what is known of the tasks.
void append_in_flight_row(TextBuffer& out, const ReportContext& context, const InFlightRow& row, bool noted);
/// Lines behind those: what the marks mean, and what cannot be known.
void append_in_flight_notes(TextBuffer& out, const ReportContext& context, const InFlight& in_flight,
                            std::span<const CpuTrust> trust);

}  // namespace kstrax
