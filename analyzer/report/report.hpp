// SPDX-License-Identifier: GPL-2.0-or-later
// The reports, in every format. The same recording gives the same bytes of text
// and CSV whatever it was read from; only JSONL's header names the source.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "analyzer/base/output.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/fields/column_set.hpp"
#include "analyzer/fields/task_notes.hpp"
#include "analyzer/query/filter.hpp"
#include "analyzer/recording/recording.hpp"
#include "analyzer/sinks/sink.hpp"
#include "analyzer/views/log_beside.hpp"
#include "analyzer/views/statistics_request.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

enum class ReportKind : std::uint8_t { Summary, Paired, Raw, Statistics, InFlight, Tree };

/// Raised when a field changes its meaning or goes; new fields may come without.
inline constexpr std::uint64_t kSchemaVersion = 2;

struct ReportRequest {
    ReportKind kind = ReportKind::Summary;
    const SinkInfo* sink = sinks().data();  ///< what to write it into; the first: text
    std::string tool;                       ///< that makes the report: "kstrax-dump"
    std::string source;                     ///< what it reads, as the user named it
    std::string source_format;              ///< "ELF64 core"
    Filter filter = {};                     ///< what to show
    StatisticsRequest statistics = {};      ///< for the statistics report
    TimeStyle times = {};                   ///< of text
    /// The field that rows of calls or statistics are sorted by; empty: as each report has them. Of sorted calls, the
    /// filter's `last` says how many of the first are shown.
    std::string sort = {};
    ColumnSet columns = ColumnSet::Manual;  ///< of the text of paired and statistics reports
    bool colored = false;                   ///< text is for eyes that see colours: its warnings are marked
    bool meanings = false;                  ///< text shows arguments as what they mean, not as numbers
    const TaskNotes* notes = nullptr;       ///< of what is in flight; null: none
    AboutTask about_task = {};              ///< for the text of what is in flight; empty: rows alone
    const LogEntries* log = nullptr;        ///< to stand between the calls of a paired report's text; null: none
    Findings beside = {};                   ///< what is wrong with the tasks and the log that it shows
    const CancelFlag* cancel = nullptr;     ///< null: nobody can ask to stop
    /// For a report of records or calls that goes on while the machine does: waits until the
    /// rings have been extended, and answers whether they have. Empty: it ends where they do.
    std::function<bool()> more = {};
};

/// A report of rows alone (CSV, file names), that has no place for what is lost.
[[nodiscard]] bool has_rows_alone(const ReportRequest& request);

struct ReportOutcome {
    /// What the reading showed to be missing or damaged; the recording's own are not repeated.
    Findings findings;
    /// The count that every report ends with; for the caller to tell where has_rows_alone().
    std::string lost;
    /// What a running machine did to its rings while they were read; empty: it does not run.
    std::string meanwhile;
    std::uint64_t rows = 0;
};

/// Writes all of a report but does not commit the output. Fails with Usage for a
/// filter that names no call, with Cancelled once the request's flag is set.
[[nodiscard]] Result<ReportOutcome> write_report(const Recording& recording, const ReportRequest& request,
                                                 Output& output);

}  // namespace kstrax
