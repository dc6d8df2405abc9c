// SPDX-License-Identifier: GPL-2.0-or-later
// From a recording and a request to a report on disk or on standard output.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/report/report.hpp"
#include "analyzer/sinks/color.hpp"

namespace kstrax {

/// What -f cannot know of a raw report.
inline constexpr std::string_view kNamesOfRecords =
    "a raw report has a file's name on one line and what became of the call on another: names of files that were not "
    "opened may be among these; a paired report (-t) knows";

/// `path`: none or "-" for `standard`, which may be in colour, but no file is. `standard_fd`: the
/// descriptor that it writes to in the end. Says on standard error what is damaged.
ExitStatus make_report(const Recording& recording, const ReportRequest& request, const std::optional<std::string>& path,
                       std::span<const FileIdentity> inputs, Output& standard, ColorMode color, int standard_fd);

/// Says each, and answers the exit status that goes with the worst of them.
ExitStatus tell_findings(std::string_view tool, const Findings& findings);

}  // namespace kstrax
