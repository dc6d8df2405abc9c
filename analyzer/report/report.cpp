// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/report/report.hpp"

#include <fmt/core.h>

#include <utility>

#include "analyzer/base/enum_table.hpp"
#include "analyzer/fields/all_fields.hpp"
#include "analyzer/report/frames.hpp"
#include "analyzer/views/statistics_columns.hpp"

namespace kstrax {

namespace {

struct KindInfo {
    ReportKind kind;
    ReportName name;
    ReportBody (*write)(ReportContext& context, SinkOutput& output);
    FieldSet fields;  ///< that a filter may ask for
};

constexpr std::array<KindInfo, 6> kKinds{{
    {ReportKind::Summary, {"summary", "summary"}, summary_report, kCallFields},
    {ReportKind::Paired, {"paired", "paired"}, paired_report, kCallFields},
    {ReportKind::Raw, {"raw", "raw"}, raw_report, kRecordFields},
    {ReportKind::Statistics, {"statistics", "statistics"}, statistics_report, kCallFields},
    {ReportKind::InFlight, {"in_flight", "in-flight"}, in_flight_report, kCallFields},
    {ReportKind::Tree, {"tree", "tree"}, tree_report, kRecordFields},
}};
static_assert(in_order(kKinds, &KindInfo::kind));

const KindInfo& describe(ReportKind kind) { return row_of(kKinds, kind); }

FieldSet fields_of(const ReportRequest& request) {
    const bool of_events = request.kind == ReportKind::Statistics && counts_events(request.statistics.grouping);
    return of_events ? kRecordFields : describe(request.kind).fields;
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

/// Its rows are calls, which can be sorted by their fields.
bool has_calls(ReportKind kind) { return kind == ReportKind::Paired || kind == ReportKind::InFlight; }

/// The order of rows that is asked for.
Result<void> put_in_order(ReportContext& context, ReportRequest& request) {
    if (request.sort.empty()) return {};
    context.sort = request.sort;
    if (request.kind == ReportKind::Statistics) {
        if (counts_events(request.statistics.grouping))
            return Error{ErrorCode::Usage, "--sort: does not go with --by=event and --by=span"};
        if (find_statistics_column(request.statistics, request.sort) != nullptr) return {};
        return Error{ErrorCode::Usage, fmt::format("--sort {}: no such column; there are {}", request.sort,
                                                   statistics_column_names(request.statistics))};
    }
    if (!has_calls(request.kind)) return Error{ErrorCode::Usage, "--sort goes with -t, -i and -c"};
    if (request.times.form == TimeForm::Delta)
        return Error{ErrorCode::Usage, "--sort: with --time=delta, times are told from the line before"};
    auto order = CallOrder::by(request.sort);
    if (!order) return order.error();
    context.order = *order;
    context.first = std::exchange(request.filter.last, std::nullopt);
    return {};
}

/// The log's lines stand where their time is, in text.
Result<void> check_log(const ReportRequest& request) {
    if (request.log == nullptr) return {};
    const auto usage = [](std::string_view why) { return Error{ErrorCode::Usage, fmt::format("-t --log: {}", why)}; };
    if (!request.sink->takes_lines) return usage("in text only; --log alone has the log in every format");
    if (!request.sort.empty()) return usage("sorted calls leave no place for the log");
    if (request.filter.names_only) return usage("file names alone leave no place for the log");
    if (request.times.form == TimeForm::Delta) return usage("with --time=delta, times are told from the line before");
    if (request.more) return usage("not of a report that goes on");
    return {};
}

bool shows_names_only(const ReportRequest& request) {
    return request.filter.names_only && request.sink->takes_lines && has_sequence(request.kind);
}

}  // namespace

bool has_rows_alone(const ReportRequest& request) { return request.sink->rows_alone || shows_names_only(request); }

Result<ReportOutcome> write_report(const Recording& recording, const ReportRequest& asked, Output& output) {
    ReportContext context(recording);
    ReportRequest request = asked;
    request.filter = filter_of(asked);
    context.know_tasks(request.notes);
    if (const auto fits = check_log(request); !fits) return fits.error();
    if (const auto ordered = put_in_order(context, request); !ordered) return ordered.error();
    auto selection = select_rows(context, request.filter, fields_of(request));
    if (!selection) return selection.error();
    context.selection = std::move(*selection);
    context.statistics = request.statistics;
    if (request.times.form == TimeForm::Delta && !has_sequence(request.kind))
        return Error{ErrorCode::Usage, "--time=delta: only paired and raw reports (-t, -r) have a line before"};
    context.clock =
        ReportClock(recording, request.times, request.times.form == TimeForm::Relative ? context.survey.first() : 0);
    const ArgumentMeanings meanings(recording.facts.audit_arch, recording.facts.word_size);
    if (request.meanings) context.meanings = &meanings;
    context.about_task = request.about_task;
    context.log = request.log;
    context.cancel = request.cancel;
    context.more = request.more;

    context.names_only = shows_names_only(request);
    context.columns = request.columns;

    SinkOutput sink(*request.sink, output, request.colored);
    const bool framed = !has_rows_alone(request);
    if (framed) sink.begin(head_of(context, request, describe(request.kind).name));
    const ReportBody body = describe(request.kind).write(context, sink);
    // The output keeps the first failure of all writes and tells it here: that is why it was stopped, if it was.
    if (const auto written = sink.flush(); !written) return written.error();
    if (cancelled(request.cancel)) return Error{ErrorCode::Cancelled, "stopped before the end of the report"};

    const LostTotals lost = lost_totals(body.trust);
    const auto meanwhile = context.more ? std::nullopt : meanwhile_of(recording, body.trust);
    Findings findings = ring_findings(body.trust, context.contradictions);
    findings.append(request.beside);
    if (framed) sink.end(tail_of(context, request, {body, findings, lost, meanwhile}));
    if (const auto written = sink.flush(); !written) return written.error();
    return ReportOutcome{std::move(findings), lost_sentence(lost),
                         meanwhile ? meanwhile_sentence(*meanwhile) : std::string(), body.rows};
}

}  // namespace kstrax
