// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/session_report.hpp"

#include <algorithm>
#include <array>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/actions/make_report.hpp"

namespace kstrax {

namespace {

/// Reports that say what is in flight at the end.
constexpr std::array kOfTheEnd{ReportKind::Summary, ReportKind::Paired, ReportKind::InFlight};

/// What is known of the tasks, for a report that needs it.
const KnownTasks* tasks_for(std::string_view tool, Session& session, const OpenedRecording& opened,
                            const SessionReport& wanted) {
    const bool asked = wanted.filter.asks("nspid");
    const bool of_the_end = std::ranges::find(kOfTheEnd, wanted.kind) != kOfTheEnd.end() &&
                            (wanted.kind != ReportKind::Paired || !session.live());  // which knows of no end
    if (session.memory() == nullptr || (!of_the_end && !asked)) return nullptr;
    const KnownTasks& tasks = session.tasks(opened.anchor);
    if (tasks.notes == nullptr && asked)
        complain(tool, "warning", "nspid is not known of any thread: " + tasks.missing);
    return &tasks;
}

}  // namespace

ExitStatus report_session(std::string_view tool, Session& session, const OpenedRecording& opened,
                          const SessionReport& wanted, Output& standard, int standard_fd) {
    const CommonOptions& options = wanted.options;
    const KnownTasks* tasks = tasks_for(tool, session, opened, wanted);
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

ExitStatus report_kernel(std::string_view tool, Session& session, const KernelReport& report, const TaskChoice& choice,
                         const CommonOptions& options, Output& standard, int standard_fd) {
    const auto kernel = session.kernel();
    if (!kernel) return fail(tool, kernel.error().in(session.name()));
    std::unique_ptr<OutputFile> file;
    if (options.output && *options.output != "-") {
        auto created = OutputFile::create(*options.output, session.files());
        if (!created) return fail(tool, created.error());
        file = std::move(*created);
    }
    KernelContext context{.kernel = **kernel,
                          .times = options.times,
                          .choice = choice,
                          .colors = !file && options.sink->takes_lines && wants_color(options.color, standard_fd),
                          .cancel = session.cancel()};
    // A recording alone relates the kernel's clock to the wall clock; only for that it is looked for.
    std::optional<Result<OpenedRecording>> opened;
    if (context.times.form == TimeForm::Wall) opened.emplace(session.open_recording());
    const bool dated = opened && opened->ok() && (*opened)->recording.described();
    if (dated) context.recording = &(*opened)->recording;
    else if (opened) context.times.form = TimeForm::Monotonic;
    const auto body = write_kernel_report({.report = report,
                                           .sink = *options.sink,
                                           .tool = std::string(tool),
                                           .source = session.name(),
                                           .source_format = std::string(session.format()),
                                           .context = context},
                                          file ? *file : standard);
    const ExitStatus known = tell_findings(tool, session.memory()->findings());
    if (!body) return fail(tool, body.error().in(session.name()));
    if (file)
        if (const auto committed = file->commit(); !committed) return fail(tool, committed.error());
    if (opened && !dated)
        complain(tool, "note", "nothing relates the kernel's clock to the wall clock: times are seconds");
    if (options.sink->rows_alone) complain(tool, "note", body->summary);
    return std::max(known, tell_findings(tool, body->findings));
}

}  // namespace kstrax
