// SPDX-License-Identifier: GPL-2.0-or-later
// One line a system call (or a thread, an error, a CPU): how often, how long, how many failed.
#include <algorithm>
#include <functional>

#include "analyzer/fields/call_text.hpp"
#include "analyzer/sinks/color.hpp"
#include "analyzer/trace/statistics/statistics.hpp"
#include "analyzer/views/statistics_columns.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

namespace {

/// Of those who read it: where the time has gone.
constexpr std::string_view kUsualSort = "total";

/// The smaller first of what names a row, the greater first of what is counted or measured.
void sort_rows(std::vector<CallStatistics>& rows, const StatisticsColumn& column, const ReportContext& context) {
    const auto key = [&](const CallStatistics& row) { return column.sort_key(context, row); };
    std::ranges::stable_sort(rows, [&](const CallStatistics& a, const CallStatistics& b) {
        const SortKey of_a = key(a);
        const SortKey of_b = key(b);
        return column.names_row ? of_a < of_b : of_b < of_a;
    });
}

}  // namespace

ReportBody statistics_report(ReportContext& context, SinkOutput& output) {
    const StatisticsRequest& request = context.statistics;
    if (!request.histogram.empty()) return histogram_report(context, output);
    if (request.grouping == Grouping::Event) return event_statistics(context, output);
    if (request.grouping == Grouping::Span) return span_statistics(context, output);
    Statistics statistics(context.names, context.word_size(), request.grouping, request.percentiles);
    ReportBody body;
    body.trust = pair_recording(context, [&](const Call& call) { statistics.add(call, context.end); });
    std::vector<CallStatistics> rows = statistics.rows();
    const bool full = output.takes_lines() && context.columns == ColumnSet::Full;
    const std::string_view sort = context.sort.empty() && full ? kUsualSort : std::string_view(context.sort);
    if (const StatisticsColumn* column = find_statistics_column(request, sort)) sort_rows(rows, *column, context);
    CallStatistics all;
    for (const CallStatistics& row : rows) all.add(row);
    const StatisticsForm form(request, context.columns);
    RowWriter<StatisticsRow> writer(form.form(), output);
    std::string scratch;
    for (const CallStatistics& row : rows)
        writer.put({context, row, context.names.name_of(row.abi, row.nr, scratch), &form.line(), all.total});
    body.rows = rows.size();
    if (full && !rows.empty()) form.append_total(output.lines(), {context, all, "", &form.line(), all.total});
    if (output.takes_lines() && all.uncertain > 0) {
        const WarningLine line(output.lines());
        append(output.lines(), fmt::format("# left out of the times: {} that may be two calls", all.uncertain));
    }
    return body;
}

}  // namespace kstrax
