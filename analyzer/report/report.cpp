// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/report/report.hpp"

#include "analyzer/views/statistics_columns.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "analyzer/views/views.hpp"
#include "analyzer/wording/clock_lines.hpp"
#include "analyzer/wording/meanwhile.hpp"
#include "analyzer/wording/moment.hpp"

namespace kstrax {

namespace {

struct KindInfo {
    ReportKind kind;
    std::string_view name;   ///< in JSONL
    std::string_view title;  ///< in text
    ReportBody (*write)(ReportContext& context, Format format, Output& output);
    FieldSet fields;  ///< that a filter may ask for
};

/// In the order of the enum.
constexpr std::array<KindInfo, 5> kKinds{{
    {ReportKind::Summary, "summary", "summary", summary_report, kCallFields},
    {ReportKind::Paired, "paired", "paired", paired_report, kCallFields},
    {ReportKind::Raw, "raw", "raw", raw_report, kRecordFields},
    {ReportKind::Statistics, "statistics", "statistics", statistics_report, kCallFields},
    {ReportKind::InFlight, "in_flight", "in-flight", in_flight_report, kCallFields},
}};

const KindInfo& describe(ReportKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

/// What only an anchor says.
Value described(const Recording& recording, Value value) { return recording.described() ? value : Value(Absent{}); }

using Row = Recording;
constexpr std::array kFactColumns{
    Column<Row>{"host", [](const Row& r) -> Value { return described(r, Untrusted{r.facts.host_name}); }},
    Column<Row>{"kernel",
                [](const Row& r) -> Value {
                    const bool known = r.described() || !r.facts.kernel_release.empty();  // by VMCOREINFO
                    return known ? Value(Untrusted{r.facts.kernel_release}) : Value(Absent{});
                }},
    Column<Row>{"module_version",
                [](const Row& r) -> Value { return described(r, Untrusted{r.facts.module_version}); }},
    Column<Row>{"abi_version", [](const Row& r) -> Value { return described(r, std::uint64_t{r.facts.abi_version}); }},
    Column<Row>{"layout", [](const Row& r) -> Value { return Name{r.layout->name}; }},
    Column<Row>{"audit_arch", [](const Row& r) -> Value { return std::uint64_t{r.facts.audit_arch}; }},
    Column<Row>{"word_size", [](const Row& r) -> Value { return std::uint64_t{r.facts.word_size}; }},
    Column<Row>{"entry_size", [](const Row& r) -> Value { return std::uint64_t{r.facts.entry_size}; }},
    Column<Row>{"entries_per_cpu", [](const Row& r) -> Value { return std::uint64_t{r.facts.entries_per_cpu}; }},
    Column<Row>{"possible_cpus", [](const Row& r) -> Value { return std::uint64_t{r.facts.possible_cpus}; }},
    // 64 random bits: as a string, since JSON's readers keep 53 of a number.
    Column<Row>{"instance",
                [](const Row& r) -> Value {
                    // Without a destructor: one that waits for the thread's end keeps crash from unloading us.
                    thread_local std::array<char, 16> text;
                    fmt::format_to_n(text.data(), text.size(), "{:016x}", std::uint64_t{r.facts.instance_id});
                    return described(r, Name{{text.data(), text.size()}});
                }},
    Column<Row>{"start_monotonic_ns",
                [](const Row& r) -> Value { return described(r, std::int64_t{r.facts.start_monotonic_ns}); }},
    Column<Row>{"start_realtime_ns",
                [](const Row& r) -> Value { return described(r, std::int64_t{r.facts.start_realtime_ns}); }},
    Column<Row>{"end_ns",
                [](const Row& r) -> Value {
                    return r.end.time_ns == 0 ? Value(Absent{}) : Value(std::uint64_t{r.end.time_ns});
                }},
    Column<Row>{
        "panic_cpu",
        [](const Row& r) -> Value { return r.end.time_ns == 0 ? Value(Absent{}) : Value(std::uint64_t{r.end.cpu}); }},
    Column<Row>{
        "panic_pid",
        [](const Row& r) -> Value { return r.end.time_ns == 0 ? Value(Absent{}) : Value(std::uint64_t{r.end.pid}); }},
};

void append_strings(TextBuffer& out, std::string_view name, std::span<const std::string> strings) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":[", name);
    for (std::size_t i = 0; i < strings.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_json_string(out, strings[i]);
    }
    out.push_back(']');
}

/// Each as its sentence, and as a row with its kind.
void append_findings(TextBuffer& out, const Findings& findings) {
    append(out, ",\"damage\":[");
    for (const Finding& finding : findings) {
        append(out, &finding == &findings.front() ? "" : ",");
        append_json_string(out, finding.text);
    }
    append(out, "],\"findings\":[");
    for (const Finding& finding : findings) {
        const FindingInfo& info = describe(finding.id);
        fmt::format_to(std::back_inserter(out), R"({}{{"id":"{}","severity":"{}","count":{},"text":)",
                       &finding == &findings.front() ? "" : ",", info.name, severity_name(info.severity),
                       finding.count);
        append_json_string(out, finding.text);
        out.push_back('}');
    }
    out.push_back(']');
}

void append_recorded_only(TextBuffer& out, const RecordedOnly& only) {
    const auto process = only.process();
    fmt::format_to(std::back_inserter(out), R"(,"recorded_only":{{"process":{},"calls":"{}"}})",
                   process ? std::to_string(*process) : "null", only.calls());
}

void append_jsonl_header(TextBuffer& out, const Recording& recording, const ReportRequest& request) {
    append(out, R"({"type":"header","tool":)");
    append_json_string(out, request.tool);
    fmt::format_to(std::back_inserter(out), R"(,"version":"{}","schema":{},"report":"{}","source":)", KSTRAX_VERSION,
                   kSchemaVersion, describe(request.kind).name);
    append_json_string(out, request.source);
    append(out, R"(,"source_format":)");
    append_json_string(out, request.source_format);
    append(out, R"(,"recording":{)");
    append_json_members<Recording>(out, kFactColumns, recording);
    append(out, "}");
    append_clock_json(out, recording);
    append(out, R"(,"cpus":[)");
    bool first = true;
    const ReportClock clock(recording);
    for (const CpuTrust& trust : survey(recording)) {
        append(out, first ? "{" : ",{");
        first = false;
        append_json_members(out, trust_form().columns, {recording, trust, clock});
        out.push_back('}');
    }
    out.push_back(']');
    if (recording.filtered()) append_recorded_only(out, *recording.only);
    if (!request.filter.empty()) {
        append(out, R"(,"filter":)");
        append_json_string(out, describe(request.filter));
    }
    append_strings(out, "found", recording.provenance);
    append_findings(out, recording.findings);
    append(out, "}\n");
}

void append_jsonl_trailer(TextBuffer& out, std::uint64_t rows, const LostTotals& lost, const Skew& skew,
                          const std::optional<Meanwhile>& meanwhile) {
    fmt::format_to(std::back_inserter(out),
                   R"({{"type":"trailer","rows":{},"lost":{},"overwritten":{},"unreadable":{},"torn":{},)"
                   R"("invalid":{},"lost_calls":{},"lost_names":{})",
                   rows, lost.records(), lost.overwritten, lost.unreadable, lost.torn, lost.invalid, lost.calls,
                   lost.names);
    if (skew.records > 0)
        fmt::format_to(std::back_inserter(out), R"(,"skewed_records":{},"skew_ns":{})", skew.records, skew.most);
    if (meanwhile)
        fmt::format_to(std::back_inserter(out), R"(,"written_meanwhile":{},"overwritten_meanwhile":{})",
                       meanwhile->written, meanwhile->overwritten);
    append(out, "}\n");
}

void append_filter(TextBuffer& out, const Filter& filter) {
    if (filter.empty()) return;
    append(out, "# only: ");
    append_c_escaped(out, describe(filter));
    out.push_back('\n');
}

void append_text_header(TextBuffer& out, const ReportContext& context, ReportKind kind) {
    if (kind == ReportKind::Summary) return;  // has a head of its own
    const Recording& recording = context.recording;
    fmt::format_to(std::back_inserter(out), "# kstrax {} report of ", describe(kind).title);
    if (!recording.described()) {
        append(out, "an unknown host");
    } else {
        append_c_escaped(out, recording.facts.host_name);
        append(out, ", recorded from ");
        append_date_time(out, recording.facts.start_realtime_ns);
        append(out, " UTC");
    }
    fmt::format_to(std::back_inserter(out), "; times are {}\n", context.clock.description());
}

/// Its lines stand in the order of time, more or less.
bool has_sequence(ReportKind kind) { return kind == ReportKind::Paired || kind == ReportKind::Raw; }

/// Calls in flight have opened nothing yet: where they are shown, those with a file's name are meant.
Filter filter_of(const ReportRequest& request) {
    Filter filter = request.filter;
    const bool shows_in_flight = request.kind == ReportKind::InFlight || request.kind == ReportKind::Summary;
    if (!filter.opened || !shows_in_flight) return filter;
    filter.opened = false;
    filter.conditions.push_back({"calls with a file name", Expression::exists("path")});
    return filter;
}

Result<Selection> select_rows(const Recording& recording, const Filter& filter, FieldSet fields,
                              const TaskNotes* notes) {
    return Selection::make(filter, recording, fields, filter.counts_from_end() ? end_of(recording) : 0, notes);
}

}  // namespace

Nanos end_of(const Recording& recording) {
    Nanos end = recording.end.time_ns;
    if (end == 0)
        for (const CpuTrust& cpu : survey(recording)) end = std::max(end, cpu.last_time.value_or(0));
    return end;
}

Nanos first_of(const Recording& recording) {
    std::optional<Nanos> first;
    for (const CpuTrust& cpu : survey(recording))
        if (cpu.first_time && (!first || *cpu.first_time < *first)) first = cpu.first_time;
    return first.value_or(0);
}

Result<Selection> select_calls(const ReportContext& context, const Filter& filter) {
    return select_rows(context.recording, filter, kCallFields, context.notes);
}

namespace {

bool shows_names_only(const ReportRequest& request) {
    return request.filter.names_only && request.format == Format::Text &&
           (request.kind == ReportKind::Paired || request.kind == ReportKind::Raw);
}

}  // namespace

bool has_rows_alone(const ReportRequest& request) { return request.format == Format::Csv || shows_names_only(request); }

Result<ReportOutcome> write_report(const Recording& recording, const ReportRequest& asked, Output& output) {
    ReportContext context(recording);
    ReportRequest request = asked;
    request.filter = filter_of(asked);
    auto selection = select_rows(recording, request.filter, describe(request.kind).fields, request.notes);
    if (!selection) return selection.error();
    context.selection = std::move(*selection);
    context.statistics = request.statistics;
    if (request.times.form == TimeForm::Delta && !has_sequence(request.kind))
        return Error{ErrorCode::Usage, "--time=delta: only paired and raw reports (-t, -r) have a line before"};
    context.clock =
        ReportClock(recording, request.times, request.times.form == TimeForm::Relative ? first_of(recording) : 0);
    if (!request.statistics.sort.empty() &&
        find_statistics_column(request.statistics, request.statistics.sort) == nullptr)
        return Error{ErrorCode::Usage, fmt::format("--sort {}: no such column; there are {}", request.statistics.sort,
                                                   statistics_column_names(request.statistics))};
    context.know_tasks(request.notes);
    const ArgumentMeanings meanings(recording.facts.audit_arch, recording.facts.word_size);
    if (request.meanings) context.meanings = &meanings;
    context.cancel = request.cancel;
    context.more = request.more;

    context.names_only = shows_names_only(request);
    const bool framed_text = request.format == Format::Text && !context.names_only;

    TextBuffer head;
    if (request.format == Format::Jsonl) append_jsonl_header(head, recording, request);
    if (framed_text) append_text_header(head, context, request.kind);
    if (framed_text) append_filter(head, request.filter);
    if (framed_text && request.kind != ReportKind::Summary) append_clock_comments(head, recording);
    if (framed_text && request.kind != ReportKind::Summary) append_limits(head, recording);
    (void)output.write({head.data(), head.size()});

    const ReportBody body = describe(request.kind).write(context, request.format, output);
    if (cancelled(request.cancel)) {
        if (const auto written = output.write(""); !written) return written.error();  // that is why
        return Error{ErrorCode::Cancelled, "stopped before the end of the report"};
    }

    const LostTotals lost = lost_totals(body.trust);
    const auto meanwhile = context.more ? std::nullopt : meanwhile_of(recording, body.trust);
    TextBuffer tail;
    if (request.format == Format::Jsonl) append_jsonl_trailer(tail, body.rows, lost, context.skew, meanwhile);
    if (framed_text && meanwhile) fmt::format_to(std::back_inserter(tail), "# {}\n", meanwhile_sentence(*meanwhile));
    if (framed_text && request.kind != ReportKind::Summary) append_skew(tail, context.skew);
    if (framed_text) fmt::format_to(std::back_inserter(tail), "# {}\n", lost_sentence(lost));
    // The output keeps the first failure of all writes and tells it here.
    if (const auto written = output.write({tail.data(), tail.size()}); !written) return written.error();
    return ReportOutcome{ring_findings(body.trust), lost_sentence(lost),
                         meanwhile ? meanwhile_sentence(*meanwhile) : std::string(), body.rows};
}

}  // namespace kstrax
