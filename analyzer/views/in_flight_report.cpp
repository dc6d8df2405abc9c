// SPDX-License-Identifier: GPL-2.0-or-later
// The calls in flight at the end, with what is known of their tasks.
#include "analyzer/views/call_rows.hpp"
#include "analyzer/views/in_flight.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

/// Who it is of: the task that panicked, or one that ran at the end.
void append_cpu(TextBuffer& out, const CallLine& row) {
    out.push_back(row.panicked ? '*' : row.note != nullptr && row.note->running_on ? '>' : ' ');
    fmt::format_to(std::back_inserter(out), "{:>6}", row.call.cpu == kNoCpu ? "-" : std::to_string(row.call.cpu));
}

void append_since(TextBuffer& out, const CallLine& row) {
    if (row.call.has_entry) row.context.clock.append(out, row.call.start);
    else row.context.clock.append_absent(out);
}

void append_for(TextBuffer& out, const CallLine& row) {
    const Call& call = row.call;
    const Nanos end = row.context.end;
    if (call.source == CallSource::Task && row.note != nullptr && row.note->off_cpu) {
        append(out, ">=");
        row.context.clock.append_duration(out, *row.note->off_cpu);
    } else if (!call.has_entry || may_have_ended(call)) {
        append(out, "-");
    } else {
        row.context.clock.append_duration(out, end > call.start ? end - call.start : 0);
    }
}

void append_what(TextBuffer& out, const CallLine& row) {
    const LineContext& context = row.context;
    const Call& call = row.call;
    const auto words = own_arguments(context, call.abi, call.nr, call.args);
    const bool returning = call.state == CallState::Returning;
    if (returning) append(out, "on its way back from ");
    if (knows_arguments(call)) {
        append_call(out, context, {call.abi, call.nr, words, file_name_of(call)});
    } else {
        append_call_name(out, context, call.abi, call.nr);
        append(out, "(?)");
    }
    if (is_open(call.state) && call.state != CallState::InFlight)
        fmt::format_to(std::back_inserter(out), " <{}>", describe(call.state).text);
    else if (is_contradicted(context, call)) append(out, " <its task is elsewhere>");
    if (!returning || !call.has_exit) return;
    append(out, " = ");
    append_return(out, context, call.abi, call.nr, words, row.ret);
    append(out, ", which returned at ");
    TextBuffer when;
    context.clock.append(when, call.end);
    const std::string_view padded(when.data(), when.size());
    append(out, padded.substr(padded.find_first_not_of(' ')));
}

constexpr auto kPlainColumns = columns_in<kFieldsOfCalls, kColumn | kFlightColumn>();
constexpr auto kNotedColumns = columns_in<kFieldsOfCalls, kColumn | kTaskColumn | kFlightColumn>();

constexpr const RowField<CallLine>& field_of(std::string_view name) {
    return *std::ranges::find_if(kFieldsOfCalls, [&](const auto& field) { return field.line.column.name == name; });
}

/// A call's field in a cell of this report.
constexpr LineColumn<CallLine> shown(std::string_view name, const Cell<CallLine>& cell) {
    return {field_of(name).line.column, cell};
}

constexpr std::array kNotedLine{
    shown("cpu", {.heading = "cpu", .width = 7, .before = "", .append = append_cpu}),
    shown("pid", {.heading = "pid", .width = 7}),
    shown("tgid", {.heading = "tgid", .width = 7}),
    shown("start",
          {.heading = "since", .width = kTimeWidth, .side = Side::Left, .before = "  ", .append = append_since}),
    shown("duration",
          {.heading = "for (s)", .width = kTimeWidth - 4, .before = "  ", .heading_wider = -1, .append = append_for}),
    shown("source", {.heading = "source", .width = 6, .side = Side::Left, .before = "  "}),
    shown("task_state", {.heading = "ST", .width = 2, .side = Side::Left, .before = "  "}),
    shown("command", {.heading = "COMMAND", .width = 15, .side = Side::Left, .before = "  "}),
    shown("call", {.heading = "call", .before = "  ", .append = append_what}),
};

/// Without what is known of tasks.
constexpr auto kPlainLine = [] {
    constexpr auto is_plain = [](const auto& one) { return !field_of(one.column.name).is_in(kTaskColumn); };
    std::array<LineColumn<CallLine>, std::ranges::count_if(kNotedLine, is_plain)> line{};
    std::ranges::copy_if(kNotedLine, line.begin(), is_plain);
    return line;
}();

std::span<const LineColumn<CallLine>> line_for(bool noted) {
    if (noted) return kNotedLine;
    return kPlainLine;
}

// Text has lines of its own.
constexpr RowForm<CallLine> kForm{kPlainColumns, "", nullptr};
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

CallLine line_of(const ReportContext& context, const InFlightRow& row, std::string& scratch) {
    CallLine line = line_of(context, row.call, scratch);
    line.note = row.note;
    line.panicked = row.panicked;
    return line;
}

/// By a field, in place of who matters most.
void put_in_order(InFlight& in_flight, const ReportContext& context) {
    std::string scratch;
    const auto key = [&](const InFlightRow& row) { return context.order->key_of(line_of(context, row, scratch)); };
    std::ranges::stable_sort(
        in_flight.calls, [&](const CallKey& a, const CallKey& b) { return context.order->before(a, b); }, key);
    if (!context.first) return;
    if (in_flight.calls.size() > *context.first) in_flight.calls.resize(static_cast<std::size_t>(*context.first));
    in_flight.others.clear();
}

std::uint64_t write_text(const ReportContext& context, const InFlight& in_flight, std::span<const CpuTrust> trust,
                         SinkOutput& output) {
    TextBuffer& text = output.lines();
    const bool noted = context.notes != nullptr;
    append(text, in_flight_heading(context, noted));
    text.push_back('\n');
    for (const InFlightRow& row : in_flight.calls) {
        append_in_flight_row(text, context, row, noted);
        text.push_back('\n');
        if (context.about_task && row.note) context.about_task(text, *row.note);
        output.flush_if_large();
    }
    for (const InFlightRow& row : in_flight.others) {
        append_other(text, row, lost_totals(trust).records() > 0);
        if (context.about_task) context.about_task(text, *row.note);
    }
    append_in_flight_notes(text, context, in_flight, trust);
    return in_flight.calls.size();
}

}  // namespace

std::string in_flight_heading(const ReportContext& context, bool noted) {
    return heading_of(line_for(noted), context.clock.width());
}

void append_in_flight_row(TextBuffer& out, const ReportContext& context, const InFlightRow& row, bool noted) {
    std::string scratch;
    append_cells(out, line_for(noted), line_of(context, row, scratch), context.clock.width());
}

void append_in_flight_notes(TextBuffer& out, const ReportContext& context, const InFlight& in_flight,
                            std::span<const CpuTrust> trust) {
    if (std::ranges::any_of(in_flight.calls,
                            [](const InFlightRow& row) { return row.call.source == CallSource::Task; }))
        append(
            out,
            "# task: the registers alone tell, which the task saved when it entered the kernel; no record tells when. "
            ">= it last ran so long ago\n");
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
    InFlight in_flight = finder.finish(body.trust, context.selection);
    if (context.order) put_in_order(in_flight, context);
    if (output.takes_lines()) {
        body.rows = write_text(context, in_flight, body.trust, output);
        return body;
    }
    CallWriter writer(context, context.notes != nullptr ? kNotedForm : kForm, output, "");
    for (const auto* rows : {&in_flight.calls, &in_flight.others})
        for (const InFlightRow& row : *rows) writer.put(row.call, row.note);
    body.rows = writer.rows();
    return body;
}

}  // namespace kstrax
