// SPDX-License-Identifier: GPL-2.0-or-later
// One line a call, entry and exit joined; and of these only what is in flight.
#include <algorithm>
#include <tuple>

#include "analyzer/report/call_text.hpp"
#include "analyzer/report/moment.hpp"
#include "analyzer/report/numbers.hpp"
#include "analyzer/report/reports.hpp"
#include "analyzer/report/trust_rows.hpp"

namespace kstrax {

namespace {

struct Row {
    const ReportContext& context;
    const Call& call;
    std::string& scratch;  // for the name of a call without one
    ReturnValue ret;
    const TaskNote* note;  // null: nothing is known
    Nanos before;          // the moment of the line before
};

Value duration(const Row& row) {
    const auto taken = duration_of(row.call, row.context.end);
    return taken ? Value(*taken) : Absent{};
}

constexpr std::array kColumns{
    Column<Row>{"pid", [](const Row& r) -> Value { return std::uint64_t{r.call.tid}; }},
    Column<Row>{"tgid",
                [](const Row& r) -> Value {
                    return r.context.has_tgid() ? Value(std::uint64_t{r.call.tgid}) : Value(Absent{});
                }},
    Column<Row>{"cpu", [](const Row& r) -> Value { return std::uint64_t{r.call.cpu}; }},
    Column<Row>{"start_ns", [](const Row& r) -> Value { return r.call.has_entry ? Value(r.call.start) : Absent{}; }},
    Column<Row>{"end_ns", [](const Row& r) -> Value { return r.call.has_exit ? Value(r.call.end) : Absent{}; }},
    Column<Row>{"duration_ns", duration},
    Column<Row>{"abi", [](const Row& r) -> Value { return Name{abi_name(r.call.abi)}; }},
    Column<Row>{"nr", [](const Row& r) -> Value { return number_value(r.call.nr); }},
    Column<Row>{"name",
                [](const Row& r) -> Value {
                    return Name{call_name(r.context, r.call.abi, r.call.nr, r.scratch)};
                }},
    Column<Row>{"args",
                [](const Row& r) -> Value {
                    if (!r.call.has_entry) return Absent{};
                    return Words{own_arguments(r.context, r.call.abi, r.call.nr, r.call.args)};
                }},
    Column<Row>{"ret", [](const Row& r) -> Value { return r.call.has_exit ? Value(r.ret.value) : Absent{}; }},
    Column<Row>{"error", [](const Row& r) -> Value { return r.call.has_exit ? error_value(r.ret) : Absent{}; }},
    Column<Row>{"path",
                [](const Row& r) -> Value {
                    return r.call.has_path ? Value(Untrusted{r.call.path}) : Value(Absent{});
                }},
    Column<Row>{"state", [](const Row& r) -> Value { return Name{describe(r.call.state).name}; }},
};

/// What stands for a call where the next one's time is told from it.
Nanos moment_of(const Call& call) { return call.has_entry ? call.start : call.end; }

void append_time_or_dash(TextBuffer& out, const ReportClock& clock, bool there, Nanos time) {
    if (there) clock.append(out, time);
    else clock.append_absent(out);
}

/// Since the line before, and how long the call took.
void append_differences(TextBuffer& out, const ReportClock& clock, const Call& call, Nanos before) {
    clock.append_difference(out, before, moment_of(call));
    append(out, "  ");
    if (call.has_entry && call.has_exit) clock.append_difference(out, call.start, call.end);
    else clock.append_absent(out);
}

void append_paired_line(TextBuffer& out, const ReportContext& context, const Call& call, Nanos before) {
    const ReportClock& clock = context.clock;
    append_right(out, call.tid, 7);
    append(out, "  ");
    if (clock.differences()) {
        append_differences(out, clock, call, before);
    } else {
        append_time_or_dash(out, clock, call.has_entry, call.start);
        append(out, "  ");
        append_time_or_dash(out, clock, call.has_exit, call.end);
    }
    append(out, "  ");
    append_whole_call(out, context, call);
}

/// Of the column that says how long a call is in flight.
std::size_t for_width(const ReportContext& context) { return context.clock.width() - 4; }

void append_when_in_flight(TextBuffer& out, const ReportContext& context, const Call& call, const TaskNote* note) {
    const bool panicked = (context.panicked != 0 && call.tid == context.panicked) || (note != nullptr && note->panicked);
    const char mark = panicked ? '*' : note != nullptr && note->running_on ? '>' : ' ';
    const std::string tgid = context.has_tgid() ? std::to_string(call.tgid) : "-";
    fmt::format_to(std::back_inserter(out), "{} {:>5} {:>7} {:>7}  ", mark, call.cpu, call.tid, tgid);
    context.clock.append(out, call.start);
    TextBuffer age;
    const auto duration = duration_of(call, context.end);
    if (duration) context.clock.append_duration(age, *duration);
    else append(age, "-");
    fmt::format_to(std::back_inserter(out), "  {:>{}}  ", std::string_view(age.data(), age.size()), for_width(context));
}

void append_call_in_flight(TextBuffer& out, const ReportContext& context, const Call& call) {
    append_call(out, context,
                {call.abi, call.nr, own_arguments(context, call.abi, call.nr, call.args), call.has_path, call.path_cut,
                 call.path});
    if (call.state != CallState::InFlight)
        fmt::format_to(std::back_inserter(out), " <{}>", describe(call.state).text);
}

constexpr RowForm<Row> kPairedForm{kColumns, "", [](TextBuffer& out, const Row& row) {
                                       append_paired_line(out, row.context, row.call, row.before);
                                   }};

/// Of calls with a file name: the name alone.
constexpr RowForm<Row> kNameForm{kColumns, "", [](TextBuffer& out, const Row& row) {
                                     append_c_escaped(out, row.call.path);
                                     if (row.call.path_cut) append(out, "...");
                                 }};

constexpr RowForm<Row> kInFlightForm{
    kColumns, "", [](TextBuffer& out, const Row& row) { append_in_flight_text(out, row.context, row.call); }};

/// The same with what is known of the call's task.
constexpr auto kNotedColumns = [] {
    std::array<Column<Row>, kColumns.size() + 2> columns{};
    std::copy(kColumns.begin(), kColumns.end(), columns.begin());
    columns[kColumns.size()] = {"command", [](const Row& r) -> Value {
                                    return r.note ? Value(Untrusted{r.note->command}) : Value(Absent{});
                                }};
    columns[kColumns.size() + 1] = {"task_state", [](const Row& r) -> Value {
                                        return r.note ? Value(Untrusted{r.note->state}) : Value(Absent{});
                                    }};
    return columns;
}();

void append_noted_text(TextBuffer& out, const Row& row) {
    const TaskNote* note = row.note;
    append_when_in_flight(out, row.context, row.call, note);
    TextBuffer command;
    append_c_escaped(command, note == nullptr ? "-" : note->command);
    fmt::format_to(std::back_inserter(out), "{:<2}  {:<15}  ", note == nullptr ? "-" : note->state,
                   std::string_view(command.data(), command.size()));
    append_call_in_flight(out, row.context, row.call);
}

constexpr RowForm<Row> kNotedForm{kNotedColumns, "", append_noted_text};

class CallWriter {
  public:
    CallWriter(const ReportContext& context, const RowForm<Row>& form, Format format, Output& output,
               const std::string& heading)
        : context_(context), writer_(form, format, output, heading) {}

    void put(const Call& call, const TaskNote* note = nullptr) {
        const CallRole role = context_.names.role(call.abi, call.nr);
        writer_.put({context_, call, scratch_, interpret_return(call.ret, context_.word_size(), role), note,
                     rows_ == 0 ? moment_of(call) : before_});
        before_ = moment_of(call);
        ++rows_;
    }
    void show() { writer_.flush(); }
    std::uint64_t finish() {
        writer_.flush();
        return rows_;
    }

  private:
    const ReportContext& context_;
    RowWriter<Row> writer_;
    std::string scratch_;
    std::uint64_t rows_ = 0;
    Nanos before_ = 0;
};

}  // namespace

std::string paired_heading(const ReportContext& context) {
    const bool differences = context.clock.differences();
    return fmt::format("#   pid  {:<{}}  {:<{}}  call", differences ? "since" : "start", context.clock.width(),
                       differences ? "for" : "end", context.clock.width());
}

std::string in_flight_heading(const ReportContext& context, bool noted) {
    return fmt::format("#   cpu     pid    tgid  {:<{}}  {:>{}}  {}call", "since", context.clock.width(), "for (s)",
                       for_width(context) - 1, noted ? "ST  COMMAND          " : "");
}

void append_paired_text(TextBuffer& out, const ReportContext& context, const Call& call) {
    append_paired_line(out, context, call, moment_of(call));
}

void append_in_flight_text(TextBuffer& out, const ReportContext& context, const Call& call) {
    append_when_in_flight(out, context, call, nullptr);
    append_call_in_flight(out, context, call);
}

namespace {

}  // namespace

bool wait_for_more(ReportContext& context) {
    if (!context.more || cancelled(context.cancel)) return false;
    if (context.show) context.show();
    return context.more();
}

namespace {

std::vector<CpuTrust> pair_all(ReportContext& context, const CallSink& sink) {
    const kstrax_end& end = context.recording.end;
    MergedRecords merged(context.recording, context.cancel);
    RecordsAhead records(merged);
    Pairer pairer(context.names, context.panicked, sink, context.recording.only ? &*context.recording.only : nullptr,
                  context.recording.cpus.size() > 1 ? &records : nullptr);
    for (;;) {
        while (const Record* record = records.next()) {
            context.end = std::max(context.end, record->entry.time);
            pairer.feed(*record, records.loss());
        }
        if (!wait_for_more(context)) break;
        records.resume();
    }
    context.end = std::max<Nanos>(context.end, end.time_ns);
    pairer.feed_end(records.loss());
    if (!cancelled(context.cancel)) pairer.finish();
    context.skew = pairer.skew();
    return merged.trust();
}

}  // namespace

std::vector<CpuTrust> pair_recording(ReportContext& context, const CallSink& sink) {
    if (context.selection.needs_count()) (void)pair_all(context, [&](const Call& call) { context.selection.count(call, context.end); });
    return pair_all(context, [&](const Call& call) {
        if (context.selection.wants(call, context.end)) sink(call);
    });
}

const std::vector<Call>& InFlightCalls::sorted(Tid panicked) {
    std::sort(calls_.begin(), calls_.end(), [&](const Call& a, const Call& b) {
        const bool a_first = panicked != 0 && a.tid == panicked;
        const bool b_first = panicked != 0 && b.tid == panicked;
        if (a_first != b_first) return a_first;
        const bool a_sure = a.state == CallState::InFlight;
        const bool b_sure = b.state == CallState::InFlight;
        if (a_sure != b_sure) return a_sure;
        return a.start != b.start ? a.start > b.start : a.tid < b.tid;
    });
    return calls_;
}

ReportBody paired_report(ReportContext& context, Format format, Output& output) {
    CallWriter writer(context, context.names_only ? kNameForm : kPairedForm, format, output,
                      context.names_only ? "" : paired_heading(context));
    context.show = [&] { writer.show(); };
    ReportBody body;
    body.trust = pair_recording(context, [&](const Call& call) { writer.put(call); });
    body.rows = writer.finish();
    return body;
}

namespace {

/// The tasks that a reader would miss: what runs or is blocked without a call that is recorded.
void append_other_tasks(TextBuffer& out, const ReportContext& context, const std::vector<Call>& in_flight) {
    std::vector<TaskNote> notes = context.notes->noteworthy();
    std::ranges::sort(notes, {}, [](const TaskNote& note) {
        return std::tuple(!note.running_on, note.running_on.value_or(0), note.tid);
    });
    for (const TaskNote& note : notes) {
        const bool shown = std::any_of(in_flight.begin(), in_flight.end(),
                                       [&](const Call& call) { return call.tid == note.tid; });
        if (shown && note.tid != 0) continue;
        if (note.running_on) fmt::format_to(std::back_inserter(out), "# on CPU {}: pid {} ", *note.running_on, note.tid);
        else fmt::format_to(std::back_inserter(out), "# blocked: pid {} ", note.tid);
        append_c_escaped(out, note.command);
        fmt::format_to(std::back_inserter(out), ", {}, in no recorded call\n", note.state);
    }
}

/// A recorder that a capture kernel's start left no time to stamp its end knows it not; the kernel does.
Tid panicked_by_notes(const TaskNotes& notes) {
    const std::vector<TaskNote> noteworthy = notes.noteworthy();
    const auto found = std::ranges::find(noteworthy, true, &TaskNote::panicked);
    return found == noteworthy.end() ? 0 : found->tid;
}

}  // namespace

ReportBody in_flight_report(ReportContext& context, Format format, Output& output) {
    if (context.panicked == 0 && context.notes != nullptr) context.panicked = panicked_by_notes(*context.notes);
    InFlightCalls calls;
    ReportBody body;
    body.trust = pair_recording(context, [&](const Call& call) { calls.add(call); });
    const bool noted = context.notes != nullptr;
    CallWriter writer(context, noted ? kNotedForm : kInFlightForm, format, output, in_flight_heading(context, noted));
    const std::vector<Call>& sorted = calls.sorted(context.panicked);
    for (const Call& call : sorted) {
        const auto note = context.notes == nullptr ? std::nullopt : context.notes->find(call.tid);
        writer.put(call, note ? &*note : nullptr);
    }
    body.rows = writer.finish();
    if (format == Format::Text) {
        TextBuffer tail;
        if (context.notes != nullptr && context.selection.is_everything()) append_other_tasks(tail, context, sorted);
        append_unknown_in_flight(tail, context.clock, body.trust);
        (void)output.write({tail.data(), tail.size()});
    }
    return body;
}

}  // namespace kstrax
