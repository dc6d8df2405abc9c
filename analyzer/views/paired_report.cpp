// SPDX-License-Identifier: GPL-2.0-or-later
// One line a call, entry and exit joined.
#include "analyzer/views/call_rows.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

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

constexpr RowForm<CallLine> kPairedForm{kCallColumns, "", [](TextBuffer& out, const CallLine& row) {
                                            append_paired_line(out, row.context, row.call, row.before);
                                        }};

/// Of calls with a file name: the name alone.
constexpr RowForm<CallLine> kNameForm{kCallColumns, "", [](TextBuffer& out, const CallLine& row) {
                                          append_c_escaped(out, row.call.path);
                                          if (row.call.path_cut) append(out, "...");
                                      }};

}  // namespace

std::string paired_heading(const ReportContext& context) {
    const bool differences = context.clock.differences();
    return fmt::format("#   pid  {:<{}}  {:<{}}  call", differences ? "since" : "start", context.clock.width(),
                       differences ? "for" : "end", context.clock.width());
}

void append_paired_text(TextBuffer& out, const ReportContext& context, const Call& call) {
    append_paired_line(out, context, call, moment_of(call));
}

Result<Selection> select_rows(ReportContext& context, const Filter& filter, FieldSet fields) {
    return Selection::make(filter, context.recording, fields, filter.counts_from_end() ? context.survey.end() : 0,
                           context.notes);
}

bool wait_for_more(ReportContext& context) {
    if (!context.more || cancelled(context.cancel)) return false;
    if (context.show) context.show();
    return context.more();
}

namespace {

std::vector<CpuTrust> pair_all(ReportContext& context, const CallSink& sink) {
    const Ending& end = context.recording.end;
    MergedRecords merged(context.recording, context.cancel);
    RecordsAhead records(merged);
    Pairer pairer(context.names, context.panicked, sink, context.recording.only ? &*context.recording.only : nullptr,
                  context.recording.cpus.size() > 1 ? &records : nullptr, context.notes);
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

std::vector<CpuTrust> pair_recording(ReportContext& context, const CallSink& sink, const CallSink& every) {
    if (context.selection.needs_count())
        (void)pair_all(context, [&](const Call& call) { context.selection.count(call, context.end); });
    return pair_all(context, [&](const Call& call) {
        if (every) every(call);
        if (context.selection.wants(call, context.end)) sink(call);
    });
}

std::vector<ColumnInfo> paired_columns() { return infos_of(kCallColumns); }

ReportBody paired_report(ReportContext& context, SinkOutput& output) {
    CallWriter writer(context, context.names_only ? kNameForm : kPairedForm, output,
                      context.names_only ? "" : paired_heading(context));
    context.show = [&] { (void)output.flush(); };
    ReportBody body;
    body.trust = pair_recording(context, [&](const Call& call) { writer.put(call); });
    body.rows = writer.rows();
    return body;
}

}  // namespace kstrax
