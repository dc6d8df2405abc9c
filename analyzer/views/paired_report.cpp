// SPDX-License-Identifier: GPL-2.0-or-later
// One line a call, entry and exit joined.
#include "analyzer/views/call_rows.hpp"

namespace kstrax {

namespace {

constexpr auto kLine = line_of<kFieldsOfCalls>();

constexpr RowForm<CallLine> kPairedForm{kCallColumns, "",
                                        [](TextBuffer& out, const CallLine& line) { append_line<kLine>(out, line); }};

/// Of calls with a file name: the name alone.
constexpr RowForm<CallLine> kNameForm{kCallColumns, "", [](TextBuffer& out, const CallLine& row) {
                                          append_c_escaped(out, row.call.path);
                                          if (row.call.path_cut) append(out, "...");
                                      }};

}  // namespace

std::string paired_heading(const ReportContext& context) {
    return heading_of<CallLine>(kLine, context.clock.width(), context.clock.differences());
}

void append_paired_text(TextBuffer& out, const ReportContext& context, const Call& call) {
    std::string scratch;
    CallLine line = line_of(context, call, scratch);
    line.before = moment_of(call);
    append_line<kLine>(out, line);
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
