// SPDX-License-Identifier: GPL-2.0-or-later
// One line a call, entry and exit joined.
#include "analyzer/views/call_rows.hpp"

namespace kstrax {

namespace {

constexpr auto kManual = line_of<kFieldsOfCalls, kManualLine>();
constexpr auto kFull = line_of<kFieldsOfCalls, kFullLine>();
constexpr auto kWithTasks = line_of<kFieldsOfCalls, kNamedLine>();

/// A line of text that the report can have.
struct PairedLine {
    std::span<const LineColumn<CallLine>> cells;
    RowForm<CallLine> form;
};
template <const auto& kLine, const auto& kColumns = kCallColumns>
constexpr PairedLine paired_line() {
    return {kLine, {kColumns, "", [](TextBuffer& out, const CallLine& row) { append_line<kLine>(out, row); }}};
}
constexpr PairedLine kManualForm = paired_line<kManual>();
constexpr PairedLine kFullForm = paired_line<kFull>();
constexpr PairedLine kTaskForm = paired_line<kWithTasks>();
// Of a recording in text.
constexpr auto kToldColumns = columns_in<kFieldsOfCalls, kColumn | kToldColumn>();
constexpr PairedLine kToldForm = paired_line<kFull, kToldColumns>();
constexpr PairedLine kToldTaskForm = paired_line<kWithTasks, kToldColumns>();

const PairedLine& line_for(const ReportContext& context) {
    if (context.columns == ColumnSet::Manual) return kManualForm;
    if (context.recording.layout->arg_count == 0) return context.notes != nullptr ? kToldTaskForm : kToldForm;
    return context.notes != nullptr ? kTaskForm : kFullForm;
}

std::string heading_of(const PairedLine& line, const ReportContext& context) {
    return heading_of<CallLine>(line.cells, context.clock.width(), context.clock.differences());
}

/// Of calls with a file name: the name alone.
constexpr RowForm<CallLine> kNameForm{kCallColumns, "", [](TextBuffer& out, const CallLine& row) {
                                          append_c_escaped(out, row.call.path);
                                          if (row.call.path_cut) append(out, "...");
                                      }};

}  // namespace

std::string paired_heading(const ReportContext& context) { return heading_of(kManualForm, context); }

void append_paired_text(TextBuffer& out, const ReportContext& context, const Call& call) {
    std::string scratch;
    CallLine line = line_of(context, call, scratch);
    line.before = moment_of(call);
    append_line<kManual>(out, line);
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
    if (!context.more) pairer.compare(comparable(context.recording));
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
    context.contradictions = pairer.contradictions();
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

Contradictions find_contradictions(const Recording& recording, const CancelFlag* cancel) {
    if (comparable(recording) == Comparable::No) return {};
    ReportContext context(recording);
    context.cancel = cancel;
    (void)pair_all(context, [](const Call&) {});
    return context.contradictions;
}

std::vector<ColumnInfo> paired_columns() { return infos_of(kToldColumns); }

ReportBody paired_report(ReportContext& context, SinkOutput& output) {
    const PairedLine& line = line_for(context);
    CallWriter writer(context, context.names_only ? kNameForm : line.form, output,
                      context.names_only ? "" : heading_of(line, context));
    context.show = [&] { (void)output.flush(); };
    ReportBody body;
    if (context.order) {
        SortedCalls sorted(context, *context.order, context.first);
        body.trust = pair_recording(context, [&](const Call& call) { sorted.add(call); });
        for (const Call& call : sorted.take()) writer.put(call);
    } else if (context.log != nullptr) {
        LogBeside log(*context.log, context, context.selection, output.lines());
        body.trust = pair_recording(context, [&](const Call& call) {
            log.before(call);
            writer.put(call);
        });
        log.finish();
    } else {
        body.trust = pair_recording(context, [&](const Call& call) { writer.put(call); });
    }
    body.rows = writer.rows();
    return body;
}

}  // namespace kstrax
