// SPDX-License-Identifier: GPL-2.0-or-later
// One report of a session's recording, the same from every command.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "analyzer/base/output.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/report/kernel_report.hpp"
#include "analyzer/session/session.hpp"

namespace kstrax {

/// A field of the filter that only tasks tell; empty: it asks for none.
[[nodiscard]] std::string_view asked_of_tasks(const Filter& filter);

struct SessionReport {
    ReportKind kind = ReportKind::Summary;
    const CommonOptions& options;
    const Filter& filter;
    std::optional<std::string> output = {};  ///< as for make_report()
    std::function<bool()> more = {};         ///< as ReportRequest's
    bool with_log = false;                   ///< the kernel's log beside the calls
};

/// `standard_fd`: the descriptor that `standard` writes to in the end. Says on standard error what is damaged.
ExitStatus report_session(std::string_view tool, Session& session, const OpenedRecording& opened,
                          const SessionReport& wanted, Output& standard, int standard_fd = 1);

/// What is in flight by the tasks alone, where no recording was found: `why` says what was looked for.
ExitStatus report_without_recording(std::string_view tool, Session& session, const Error& why,
                                    const SessionReport& wanted, Output& standard, int standard_fd = 1);

/// How a report of the kernel itself is wanted.
struct KernelWanted {
    TaskChoice choice = {};
    std::span<const Condition> conditions = {};
    bool wide = false;     ///< the overview: all of it
    bool meanings = true;  ///< the overview: arguments as what they mean
};

/// A report of the kernel itself, which needs no recording; to a file if the options name one.
[[nodiscard]] Result<ExitStatus> report_kernel(std::string_view tool, Session& session, const KernelReport& report,
                                               const KernelWanted& wanted, const CommonOptions& options,
                                               Output& standard, int standard_fd = 1);

}  // namespace kstrax
