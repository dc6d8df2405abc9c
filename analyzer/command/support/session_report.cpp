// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/session_report.hpp"

#include <algorithm>
#include <array>

#include "analyzer/command/support/report_command.hpp"

namespace kstrax {

namespace {

/// Reports that say what is in flight at the end.
constexpr std::array kOfTheEnd{ReportKind::Summary, ReportKind::Paired, ReportKind::InFlight};

/// What is known of the tasks, for a report that needs it.
const Session::Tasks* tasks_for(std::string_view tool, Session& session, const OpenedRecording& opened,
                                const SessionReport& wanted) {
    const bool asked = wanted.filter.asks(QueryField::Nspid);
    const bool of_the_end = std::ranges::find(kOfTheEnd, wanted.kind) != kOfTheEnd.end() &&
                            (wanted.kind != ReportKind::Paired || !session.live());  // which knows of no end
    if (session.memory() == nullptr || (!of_the_end && !asked)) return nullptr;
    const Session::Tasks& tasks = session.tasks(opened.anchor);
    if (tasks.notes == nullptr && asked)
        complain(tool, "warning", "nspid is not known of any thread: " + tasks.missing);
    return &tasks;
}

}  // namespace

ExitStatus report_session(std::string_view tool, Session& session, const OpenedRecording& opened,
                          const SessionReport& wanted, Output& standard, int standard_fd) {
    const CommonOptions& options = wanted.options;
    const Session::Tasks* tasks = tasks_for(tool, session, opened, wanted);
    const ExitStatus status = make_report(opened.recording,
                                          {.kind = wanted.kind,
                                           .sink = options.sink,
                                           .tool = std::string(tool),
                                           .source = session.name(),
                                           .source_format = std::string(session.format()),
                                           .filter = wanted.filter,
                                           .statistics = options.statistics,
                                           .times = options.times,
                                           .meanings = options.meanings,
                                           .notes = tasks != nullptr ? tasks->notes : nullptr,
                                           .cancel = session.cancel(),
                                           .more = wanted.more},
                                          wanted.output, session.files(), standard, options.color, standard_fd);
    // A list that changes while it is read may lead astray.
    if (tasks == nullptr || tasks->of_dump == nullptr || session.live()) return status;
    return std::max(status, tell_findings(tool, tasks->of_dump->findings()));
}

}  // namespace kstrax
