// SPDX-License-Identifier: GPL-2.0-or-later
// The reports, for write_report: each writes its rows and says what it saw.
#pragma once

#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/trace/merge.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/return_value.hpp"
#include "analyzer/views/context.hpp"

namespace kstrax {

/// The columns that a report has in JSONL and CSV, in their order, with those that only an option adds.
[[nodiscard]] std::vector<ColumnInfo> paired_columns();
[[nodiscard]] std::vector<ColumnInfo> raw_columns();
[[nodiscard]] std::vector<ColumnInfo> in_flight_columns();
[[nodiscard]] std::vector<ColumnInfo> statistics_columns();

struct ReportBody {
    std::uint64_t rows = 0;
    std::vector<CpuTrust> trust;
};

ReportBody raw_report(ReportContext& context, SinkOutput& output);
ReportBody paired_report(ReportContext& context, SinkOutput& output);
ReportBody in_flight_report(ReportContext& context, SinkOutput& output);
ReportBody statistics_report(ReportContext& context, SinkOutput& output);
/// Of context.statistics.histogram, which the context's selection is down to.
ReportBody histogram_report(ReportContext& context, SinkOutput& output);
ReportBody summary_report(ReportContext& context, SinkOutput& output);
/// Of context.statistics.grouping Event and Span.
ReportBody event_statistics(ReportContext& context, SinkOutput& output);
ReportBody span_statistics(ReportContext& context, SinkOutput& output);
ReportBody tree_report(ReportContext& context, SinkOutput& output);

/// The filter at work on the context's recording, for rows with these fields. Fails with Usage where it names no call.
[[nodiscard]] Result<Selection> select_rows(ReportContext& context, const Filter& filter, FieldSet fields);

/// What pairing all of a recording shows to be wrong with its records.
[[nodiscard]] Contradictions find_contradictions(const Recording& recording, const CancelFlag* cancel);

/// Pairs a whole recording and gives the calls that the context's selection
/// wants; before that to `every`, if it is not empty, all calls. Sets context.end before the
/// calls in flight are given.
[[nodiscard]] std::vector<CpuTrust> pair_recording(ReportContext& context, const CallSink& sink,
                                                   const CallSink& every = {});

/// All that there is has been read: brings out the rows and, of a report that goes on, waits for
/// more. Answers whether there is more: the records are to be resumed.
[[nodiscard]] bool wait_for_more(ReportContext& context);

[[nodiscard]] std::string paired_heading(const ReportContext& context);
/// One line of the paired report, as its first.
void append_paired_text(TextBuffer& out, const ReportContext& context, const Call& call);

}  // namespace kstrax
