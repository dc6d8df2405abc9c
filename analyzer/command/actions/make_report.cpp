// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/make_report.hpp"

#include <algorithm>

#include "analyzer/base/output_file.hpp"

namespace kstrax {

ExitStatus tell_findings(std::string_view tool, const Findings& findings) {
    for (const Finding& finding : findings)
        complain(tool, describe(finding.id).severity == Severity::Note ? "note" : "warning", finding.text);
    return findings.worst() == Severity::Note ? kDone : kIncomplete;
}

ExitStatus make_report(const Recording& recording, const ReportRequest& request, const std::optional<std::string>& path,
                       std::span<const FileIdentity> inputs, Output& standard, ColorMode color, int standard_fd) {
    std::unique_ptr<OutputFile> file;
    if (path && *path != "-") {
        auto created = OutputFile::create(*path, inputs);
        if (!created) return fail(request.tool, created.error());
        file = std::move(*created);
    }
    ColorOutput colored(standard);
    const bool in_color = !file && request.sink->takes_lines && wants_color(color, standard_fd);
    Output& output = file ? *file : in_color ? static_cast<Output&>(colored) : standard;
    ReportRequest shown = request;
    shown.colored = in_color;
    const auto outcome = write_report(recording, shown, output);
    if (!outcome) return fail(request.tool, outcome.error());
    if (file)
        if (const auto committed = file->commit(); !committed) return fail(request.tool, committed.error());
    if (has_rows_alone(request)) {
        complain(request.tool, "note", outcome->lost);
        if (!outcome->meanwhile.empty()) complain(request.tool, "note", outcome->meanwhile);
        if (recording.filtered()) complain(request.tool, "note", "recorded only: " + recording.only->describe());
    }
    if (request.kind == ReportKind::Raw && request.filter.names_only) complain(request.tool, "note", kNamesOfRecords);
    if (outcome->rows == 0 && !request.filter.empty())
        complain(request.tool, "note",
                 "nothing in the recording matches: " + describe(request.filter) + hint(request.filter));
    const bool of_calls = request.kind == ReportKind::Paired ||
                          (request.kind == ReportKind::Statistics && !counts_events(request.statistics.grouping));
    if (outcome->rows == 0 && request.filter.empty() && of_calls && recording.trace != nullptr)
        complain(request.tool, "note",
                 "no system call is among the events of the trace: -r, --tree and -c --by=event show what there is");
    const ExitStatus known = tell_findings(request.tool, recording.findings);
    const ExitStatus seen = tell_findings(request.tool, outcome->findings);
    return std::max(known, seen);
}

}  // namespace kstrax
