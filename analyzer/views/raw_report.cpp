// SPDX-License-Identifier: GPL-2.0-or-later
// One line an entry, nothing joined: what the recorder wrote.
#include <algorithm>

#include "analyzer/sinks/numbers.hpp"
#include "analyzer/views/call_text.hpp"
#include "analyzer/views/views.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

struct Row {
    const ReportContext& context;
    const Record& record;
    std::string& scratch;  // for the name of a call without one
    ReturnValue ret;       // of an exit
    Nanos before;          // the moment of the line before

    [[nodiscard]] const Entry& entry() const { return record.entry; }
    [[nodiscard]] bool is(RecordKind kind) const { return record.entry.kind == kind; }
};

constexpr std::array kColumns{
    Column<Row>{"serial", [](const Row& r) -> Value { return r.record.position + 1; }},
    Column<Row>{"cpu", [](const Row& r) -> Value { return std::uint64_t{r.record.cpu}; }},
    Column<Row>{"pid", [](const Row& r) -> Value { return std::uint64_t{r.entry().pid}; }},
    Column<Row>{"tgid",
                [](const Row& r) -> Value {
                    return r.context.has_tgid() ? Value(std::uint64_t{r.entry().tgid}) : Value(Absent{});
                }},
    Column<Row>{"time_ns", [](const Row& r) -> Value { return r.entry().time; }},
    Column<Row>{"kind", [](const Row& r) -> Value { return Name{type_of(r.record).name}; }},
    Column<Row>{"abi",
                [](const Row& r) -> Value {
                    return r.is(kKindOther) ? Value(Absent{}) : Value(Name{abi_name(r.entry().abi)});
                }},
    Column<Row>{"nr",
                [](const Row& r) -> Value { return r.is(kKindOther) ? Value(Absent{}) : number_value(r.entry().nr); }},
    Column<Row>{"name",
                [](const Row& r) -> Value {
                    if (r.is(kKindOther)) return Name{r.record.type->family};
                    return Name{call_name(r.context, r.entry().abi, r.entry().nr, r.scratch)};
                }},
    Column<Row>{"args",
                [](const Row& r) -> Value {
                    if (r.is(kKindOther)) return Words{std::span(r.entry().args).first(r.record.type->fields.size())};
                    if (!r.is(kKindEntry)) return Absent{};
                    return Words{std::span(r.entry().args).first(r.context.recording.layout->arg_count)};
                },
                kArgumentsType, kArgumentsMeaning},
    Column<Row>{"ret", [](const Row& r) -> Value { return r.is(kKindExit) ? Value(r.ret.value) : Absent{}; }},
    Column<Row>{"error", [](const Row& r) -> Value { return r.is(kKindExit) ? error_value(r.ret) : Absent{}; }},
    Column<Row>{
        "path",
        [](const Row& r) -> Value { return r.record.has_path ? Value(Untrusted{r.record.path}) : Value(Absent{}); }},
};

/// An event of another importer: "sched: wakeup target=12".
void append_event(TextBuffer& out, const Record& record) {
    const EventType& type = *record.type;
    fmt::format_to(std::back_inserter(out), "     -  {}: {}", type.family, type.name);
    for (std::size_t i = 0; i < type.fields.size(); ++i)
        fmt::format_to(std::back_inserter(out), " {}={:#x}", type.fields[i], record.entry.args[i]);
    if (!record.has_path) return;
    append(out, " ");
    append_path(out, record.path, record.path_cut);
}

void append_text(TextBuffer& out, const Row& row) {
    const Record& record = row.record;
    const Entry& entry = record.entry;
    append_right(out, record.position + 1, 8);
    append_right(out, record.cpu, 5);
    append_right(out, entry.pid, 8);
    append(out, "  ");
    const ReportClock& clock = row.context.clock;
    if (clock.differences()) clock.append_difference(out, row.before, entry.time);
    else clock.append(out, entry.time);
    if (row.is(kKindOther)) {
        append_event(out, record);
        return;
    }
    if (entry.nr == kNrNone) append(out, "    -1");
    else append_right(out, entry.nr, 6);
    append(out, "  ");
    if (row.is(kKindEntry)) {
        append_call(out, row.context,
                    {entry.abi, entry.nr, own_arguments(row.context, entry.abi, entry.nr, entry.args), record.has_path,
                     record.path_cut, record.path});
        return;
    }
    append_call_name(out, row.context, entry.abi, entry.nr);
    if (record.has_path) {
        append(out, row.is(kKindPath) ? " ..." : " ");
        append_path(out, record.path, record.path_cut);
    }
    if (row.is(kKindExit)) {
        append(out, " = ");
        append_return(out, row.context, entry.abi, entry.nr, {}, row.ret);
    } else {
        append(out, " <rest of a file name>");
    }
}

constexpr RowForm<Row> kForm{kColumns, "", append_text};

/// Of entries with a file name: the name alone.
constexpr RowForm<Row> kNameForm{kColumns, "", [](TextBuffer& out, const Row& row) {
                                     append_c_escaped(out, row.record.path);
                                     if (row.record.path_cut) append(out, "...");
                                 }};

}  // namespace

std::vector<ColumnInfo> raw_columns() { return infos_of(kColumns); }

ReportBody raw_report(ReportContext& context, SinkOutput& output) {
    const std::string heading = fmt::format("# serial  cpu     pid  {:<{}}    nr  call",
                                            context.clock.differences() ? "since" : "time", context.clock.width());
    RowWriter<Row> writer(context.names_only ? kNameForm : kForm, output, context.names_only ? "" : heading);
    if (context.selection.needs_count()) {
        MergedRecords records(context.recording, context.cancel);
        while (const Record* record = records.next()) context.selection.count(*record);
    }
    MergedRecords records(context.recording, context.cancel);
    ReportBody body;
    std::string scratch;
    Nanos before = 0;
    context.show = [&] { (void)output.flush(); };
    for (;;) {
        while (const Record* record = records.next()) {
            if (!context.selection.wants(*record)) continue;
            const Entry& entry = record->entry;
            writer.put({context, *record, scratch,
                        interpret_return(entry.args[0], context.word_size(), context.names.role(entry.abi, entry.nr)),
                        body.rows == 0 ? entry.time : before});
            before = entry.time;
            ++body.rows;
        }
        if (!wait_for_more(context)) break;
        records.resume();
    }
    body.trust = records.trust();
    return body;
}

}  // namespace kstrax
