// SPDX-License-Identifier: GPL-2.0-or-later
// The calls in flight at the end, with what is known of their tasks.
#include "analyzer/views/call_rows.hpp"
#include "analyzer/views/in_flight.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

/// Of the column that says how long a call is in flight.
std::size_t for_width(const ReportContext& context) { return context.clock.width() - 4; }

char mark_of(const InFlightRow& row) {
    if (row.panicked) return '*';
    return row.note && row.note->running_on ? '>' : ' ';
}

void append_when(TextBuffer& out, const ReportContext& context, const InFlightRow& row) {
    const Call& call = row.call;
    const std::string tgid = knows_tgid(context, call) ? std::to_string(call.tgid) : "-";
    const std::string cpu = call.cpu == kNoCpu ? "-" : std::to_string(call.cpu);
    fmt::format_to(std::back_inserter(out), "{}{}{:>5} {:>7} {:>7}  ", mark_of(row), call.by_registers ? '~' : ' ', cpu,
                   call.tid, tgid);
    TextBuffer age;
    if (call.has_entry) {
        context.clock.append(out, call.start);
    } else {
        context.clock.append_absent(out);
    }
    if (call.has_entry && !row.may_have_ended())
        context.clock.append_duration(age, context.end > call.start ? context.end - call.start : 0);
    else append(age, "-");
    fmt::format_to(std::back_inserter(out), "  {:>{}}  ", std::string_view(age.data(), age.size()), for_width(context));
}

void append_task(TextBuffer& out, const std::optional<TaskNote>& note) {
    TextBuffer command;
    append_c_escaped(command, note ? note->command : "-");
    fmt::format_to(std::back_inserter(out), "{:<2}  {:<15}  ", note ? note->state : "-",
                   std::string_view(command.data(), command.size()));
}

void append_what(TextBuffer& out, const ReportContext& context, const Call& call) {
    const auto words = own_arguments(context, call.abi, call.nr, call.args);
    const bool returning = call.state == CallState::Returning;
    if (returning) append(out, "on its way back from ");
    if (call.has_entry || call.by_registers) {
        append_call(out, context, {call.abi, call.nr, words, call.has_path, call.path_cut, call.path});
    } else {
        append_call_name(out, context, call.abi, call.nr);
        append(out, "(?)");
    }
    if (is_open(call.state) && call.state != CallState::InFlight)
        fmt::format_to(std::back_inserter(out), " <{}>", describe(call.state).text);
    if (!returning || !call.has_exit) return;
    append(out, " = ");
    append_return(out, context, call.abi, call.nr, words,
                  interpret_return(call.ret, context.word_size(), context.names.role(call.abi, call.nr)));
    append(out, ", which returned at ");
    TextBuffer when;
    context.clock.append(when, call.end);
    const std::string_view padded(when.data(), when.size());
    append(out, padded.substr(padded.find_first_not_of(' ')));
}

constexpr auto kNotedColumns = [] {
    std::array<Column<CallLine>, kCallColumns.size() + 4> columns{};
    std::copy(kCallColumns.begin(), kCallColumns.end(), columns.begin());
    std::size_t at = kCallColumns.size();
    columns[at++] = {
        "command",
        [](const CallLine& r) -> Value { return r.note ? Value(Untrusted{r.note->command}) : Value(Absent{}); }, "text",
        "the task's name; from dumps with the kernel's pages only"};
    columns[at++] = {
        "task_state",
        [](const CallLine& r) -> Value { return r.note ? Value(Untrusted{r.note->state}) : Value(Absent{}); }, "text",
        "the task's state, as ps and crash name it; from such dumps only"};
    columns[at++] = {"nspid", [](const CallLine& r) -> Value {
                         return r.note && r.note->nspid ? Value(std::uint64_t{*r.note->nspid}) : Value(Absent{});
                     }};
    columns[at++] = {"known_by",
                     [](const CallLine& r) -> Value {
                         return Name{!has_number(r) ? "task" : r.call.by_registers ? "registers" : "record"};
                     },
                     "word", "what tells of the call: record, registers or task; with dumps' tasks only"};
    return columns;
}();

// Text has lines of its own.
constexpr RowForm<CallLine> kForm{kCallColumns, "", nullptr};
constexpr RowForm<CallLine> kNotedForm{kNotedColumns, "", nullptr};

/// A task in no call that is known. `lost`: records are missing, among which its entry may be.
void append_other(TextBuffer& out, const InFlightRow& row, bool lost) {
    const TaskNote& note = *row.note;
    if (note.running_on) fmt::format_to(std::back_inserter(out), "# on CPU {}: pid {} ", *note.running_on, note.tid);
    else fmt::format_to(std::back_inserter(out), "# blocked: pid {} ", note.tid);
    append_c_escaped(out, note.command);
    const bool none = row.call.state == CallState::NoCall;
    fmt::format_to(std::back_inserter(out), ", {}, {}\n", note.state,
                   none   ? "in no call"
                   : lost ? "its call, if any, is not known"
                          : "in no recorded call");
}

std::uint64_t write_text(const ReportContext& context, const InFlight& in_flight, std::span<const CpuTrust> trust,
                         TextBuffer& text) {
    const bool noted = context.notes != nullptr;
    append(text, in_flight_heading(context, noted));
    text.push_back('\n');
    for (const InFlightRow& row : in_flight.calls) {
        append_in_flight_row(text, context, row, noted);
        text.push_back('\n');
    }
    for (const InFlightRow& row : in_flight.others) append_other(text, row, lost_totals(trust).records() > 0);
    append_in_flight_notes(text, context, in_flight, trust);
    return in_flight.calls.size();
}

}  // namespace

std::string in_flight_heading(const ReportContext& context, bool noted) {
    return fmt::format("#   cpu     pid    tgid  {:<{}}  {:>{}}  {}call", "since", context.clock.width(), "for (s)",
                       for_width(context) - 1, noted ? "ST  COMMAND          " : "");
}

void append_in_flight_row(TextBuffer& out, const ReportContext& context, const InFlightRow& row, bool noted) {
    append_when(out, context, row);
    if (noted) append_task(out, row.note);
    append_what(out, context, row.call);
}

void append_in_flight_notes(TextBuffer& out, const ReportContext& context, const InFlight& in_flight,
                            std::span<const CpuTrust> trust) {
    if (std::ranges::any_of(in_flight.calls, [](const InFlightRow& row) { return row.call.by_registers; }))
        append(out, "# ~ by the registers that the task saved when it entered the kernel: no record tells when\n");
    const TaskNotes* notes = context.notes;
    if (notes != nullptr && notes->of_the_end() && !notes->whole())
        append(out, "# the list of tasks is damaged: calls of tasks that are not known (ST -) may have ended\n");
    append_unknown_in_flight(out, context.clock, trust);
}

std::vector<ColumnInfo> in_flight_columns() { return infos_of(kNotedColumns); }

ReportBody in_flight_report(ReportContext& context, SinkOutput& output) {
    InFlightFinder finder(context);
    ReportBody body;
    body.trust = pair_recording(
        context, [&](const Call& call) { finder.add(call); }, [&](const Call& call) { finder.see(call); });
    const InFlight in_flight = finder.finish(body.trust, context.selection);
    if (output.takes_lines()) {
        body.rows = write_text(context, in_flight, body.trust, output.lines());
        return body;
    }
    CallWriter writer(context, context.notes != nullptr ? kNotedForm : kForm, output, "");
    for (const auto* rows : {&in_flight.calls, &in_flight.others})
        for (const InFlightRow& row : *rows) writer.put(row.call, row.note ? &*row.note : nullptr);
    body.rows = writer.rows();
    return body;
}

}  // namespace kstrax
