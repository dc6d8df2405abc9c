// SPDX-License-Identifier: GPL-2.0-or-later
// One line an entry, nothing joined: what the recorder wrote.
#include <future>

#include "analyzer/fields/record_fields.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

namespace {

constexpr auto kColumns = columns_in<kFieldsOfRecords, kColumn>();
constexpr auto kLine = line_of<kFieldsOfRecords>();

constexpr RowForm<RecordLine> kForm{kColumns, "",
                                    [](TextBuffer& out, const RecordLine& line) { append_line<kLine>(out, line); }};

/// Of entries with a file name: the name alone.
constexpr RowForm<RecordLine> kNameForm{kColumns, "", [](TextBuffer& out, const RecordLine& line) {
                                            append_c_escaped(out, line.record.path);
                                            if (line.record.path_cut) append(out, "...");
                                        }};

}  // namespace

std::vector<ColumnInfo> raw_columns() { return infos_of(kColumns); }

ReportBody raw_report(ReportContext& context, SinkOutput& output) {
    const std::string heading = heading_of<RecordLine>(kLine, context.clock.width(), context.clock.differences());
    RowWriter<RecordLine> writer(context.names_only ? kNameForm : kForm, output, context.names_only ? "" : heading);
    if (context.selection.needs_count()) {
        MergedRecords records(context.recording, context.cancel);
        while (const Record* record = records.next()) context.selection.count(*record);
    }
    MergedRecords records(context.recording, context.cancel);
    // Beside it, since pairing takes records out of turn; behind it, where the system gives no further thread.
    auto contradictions = std::async(context.more ? std::launch::deferred : std::launch::async | std::launch::deferred,
                                     find_contradictions, std::cref(context.recording), context.cancel);
    ReportBody body;
    std::string scratch;
    Nanos before = 0;
    context.show = [&] { (void)output.flush(); };
    for (;;) {
        while (const Record* record = records.next()) {
            if (!context.selection.wants(*record)) continue;
            const Entry& entry = record->entry;
            RecordLine line = line_of(context, *record, scratch);
            line.before = body.rows == 0 ? entry.time : before;
            writer.put(line);
            before = entry.time;
            ++body.rows;
        }
        if (!wait_for_more(context)) break;
        records.resume();
    }
    body.trust = records.trust();
    if (!context.more) context.contradictions = contradictions.get();
    return body;
}

}  // namespace kstrax
