// SPDX-License-Identifier: GPL-2.0-or-later
// Reports from buffer files, which both kstrax and kstrax-dump make.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/options.hpp"

namespace kstrax {

/// Makes one report of the files `name`_CPU; `name` may be one of them. `output`: as for make_report().
ExitStatus report_files(std::string_view tool, const std::string& name, ReportKind kind, const CommonOptions& options,
                        const Filter& filter, const std::optional<std::string>& output);

}  // namespace kstrax
