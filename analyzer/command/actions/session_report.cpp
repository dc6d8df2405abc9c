// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/session_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/actions/make_report.hpp"
#include "analyzer/kernel/open/dumped_log.hpp"
#include "analyzer/kernel/open/kernel_time.hpp"
#include "analyzer/session/no_recording.hpp"
#include "analyzer/session/recorded_tasks.hpp"
#include "analyzer/views/kernel/task_details.hpp"

namespace kstrax {

namespace {

/// Reports that say what is in flight at the end.
constexpr std::array kOfTheEnd{ReportKind::Summary, ReportKind::Paired, ReportKind::InFlight};

/// The manual knows buffer files. Memory tells more of a call than its columns hold, and so do files of other tools.
ColumnSet columns_for(const Session& session, const Recording& recording, const CommonOptions& options) {
    const bool more = session.memory() != nullptr || !recording.facts.recorder.empty();
    return options.columns.value_or(more ? ColumnSet::Full : ColumnSet::Manual);
}

/// What is known of the tasks, for a report that needs it.
const KnownTasks* tasks_for(std::string_view tool, Session& session, const OpenedRecording& opened,
                            const SessionReport& wanted) {
    const std::string_view asked = asked_of_tasks(wanted.filter);
    const bool of_the_end = std::ranges::find(kOfTheEnd, wanted.kind) != kOfTheEnd.end() &&
                            (wanted.kind != ReportKind::Paired || !session.live());  // which knows of no end
    const bool named =
        wanted.kind == ReportKind::Tree || (wanted.kind == ReportKind::Paired && wanted.options.sink->takes_lines &&
                                            columns_for(session, opened.recording, wanted.options) == ColumnSet::Full);
    if (session.memory() == nullptr || (!of_the_end && !named && asked.empty())) return nullptr;
    if (opened.boot_before) {
        if (!asked.empty())
            complain(tool, "warning", fmt::format("{} is not known of any thread: its boot is over", asked));
        return nullptr;
    }
    const BesideTasks beside{.anchor = opened.anchor, .of_kernel = opened.of_kernel};
    const KnownTasks& tasks = session.tasks(beside);
    if (tasks.notes == nullptr && !asked.empty())
        complain(tool, "warning", fmt::format("{} is not known of any thread: {}", asked, tasks.missing));
    return &tasks;
}

/// Of the calls in flight, -v shows what the kernel knows of their tasks.
AboutTask about_task(std::string_view tool, Session& session, const KnownTasks* tasks, const SessionReport& wanted) {
    const CommonOptions& options = wanted.options;
    const bool asked = options.version && wanted.kind == ReportKind::InFlight && options.sink->takes_lines;
    if (!asked || tasks == nullptr || tasks->of_dump == nullptr || session.live()) return {};
    const auto kernel = session.kernel();
    if (!kernel) return {};
    auto details = TaskDetails::open({.kernel = **kernel, .times = options.times});
    if (!details) {
        complain(tool, "warning", "-v: " + details.error().message);
        return {};
    }
    return [all = std::shared_ptr<TaskDetails>(std::move(*details))](TextBuffer& out, const TaskNote& note) {
        all->append(out, note);
    };
}

/// All of the kernel's log, by the recording's clock; but one of another recorder may be any.
Result<LogEntries> log_beside(Session& session, const Recording& recording) {
    const auto kernel = session.kernel();
    if (!kernel) return kernel.error();
    const auto lead = log_clock_lead(**kernel);
    LogEntries log{.entries = {}, .related = lead.has_value() && recording.facts.recorder.empty()};
    Nanos time = 0;
    auto read = read_kernel_log(**kernel, [&](const LogRecord& record) {
        if (record.time) time = to_monotonic(*record.time, lead.value_or(0));
        log.entries.push_back({time, record.level, std::string(record.text), record.whole});
        return !cancelled(session.cancel());
    });
    if (!read) return read.error();
    log.findings = std::move(read->findings);
    return log;
}

ExitStatus report(std::string_view tool, Session& session, const Recording& recording, const KnownTasks* tasks,
                  const SessionReport& wanted, Output& standard, int standard_fd) {
    const CommonOptions& options = wanted.options;
    std::optional<LogEntries> log;
    if (wanted.with_log) {
        auto read = log_beside(session, recording);
        if (!read) return fail(tool, read.error().in("--log"));
        log = std::move(*read);
    }
    Findings beside;
    if (log) beside.append(log->findings);
    // A list that changes while it is read may lead astray.
    if (tasks != nullptr && !session.live()) beside.append(tasks->findings);
    return make_report(recording,
                       {.kind = wanted.kind,
                        .sink = options.sink,
                        .tool = std::string(tool),
                        .source = session.name(),
                        .source_format = std::string(session.format()),
                        .filter = wanted.filter,
                        .statistics = options.statistics,
                        .times = options.times,
                        .sort = options.sort,
                        .columns = columns_for(session, recording, options),
                        .meanings = options.meanings,
                        .notes = tasks != nullptr ? tasks->notes : nullptr,
                        .about_task = about_task(tool, session, tasks, wanted),
                        .log = log ? &*log : nullptr,
                        .beside = std::move(beside),
                        .cancel = session.cancel(),
                        .more = wanted.more},
                       wanted.output, session.files(), standard, options.color, standard_fd);
}

}  // namespace

std::string_view asked_of_tasks(const Filter& filter) {
    for (const std::string_view field : {"nspid", "command"})
        if (filter.asks(field)) return field;
    return {};
}

ExitStatus report_session(std::string_view tool, Session& session, const OpenedRecording& opened,
                          const SessionReport& wanted, Output& standard, int standard_fd) {
    if (opened.boot_before && wanted.with_log)
        return fail(tool,
                    {ErrorCode::Usage, "--log: the kernel's log is of this boot, the events are of the one before"});
    const RecordedTasks recorded(opened.recording);
    const KnownTasks named{.notes = &recorded, .of_dump = nullptr, .missing = {}, .findings = {}};
    const KnownTasks* tasks = tasks_for(tool, session, opened, wanted);
    if (session.memory() == nullptr && !opened.recording.commands.empty()) tasks = &named;
    return report(tool, session, opened.recording, tasks, wanted, standard, standard_fd);
}

ExitStatus report_without_recording(std::string_view tool, Session& session, const Error& why,
                                    const SessionReport& wanted, Output& standard, int standard_fd) {
    const KnownTasks& tasks = session.tasks({.nothing = true, .anchor = nullptr});
    const auto kernel = session.kernel();
    std::string missing = tasks.missing;
    if (tasks.notes != nullptr) missing = tasks.of_dump != nullptr ? tasks.of_dump->no_calls : "";
    if (!kernel) missing = kernel.error().message;
    if (!missing.empty())
        return fail(tool,
                    {why.code, fmt::format("{}; nor are the calls of its tasks known: {}", why.message, missing)});
    complain(tool, "note", why.message + "; by the tasks alone, so no record tells since when");
    return report(tool, session, no_recording(**kernel), &tasks, wanted, standard, standard_fd);
}

namespace {

/// Whatever a recording can add to this report; none, where there is none.
std::optional<Result<OpenedRecording>> recording_for(Session& session, const KernelReport& report,
                                                     const TimeStyle& times) {
    if (report.screen) {
        // A search of all memory for what the kernel says it does not have would take longer than all the rest.
        if (session.lacks_recorder()) return std::nullopt;
        return session.open_own_recording();
    }
    // A recording alone relates the kernel's clock to the wall clock.
    if (times.form == TimeForm::Wall) return session.open_recording();
    return std::nullopt;
}

}  // namespace

Result<ExitStatus> report_kernel(std::string_view tool, Session& session, const KernelReport& report,
                                 const KernelWanted& wanted, const CommonOptions& options, Output& standard,
                                 int standard_fd) {
    const auto kernel = session.kernel();
    if (!kernel) return kernel.error().in(session.name());
    std::unique_ptr<OutputFile> file;
    if (options.output && *options.output != "-") {
        auto created = OutputFile::create(*options.output, session.files());
        if (!created) return created.error();
        file = std::move(*created);
    }
    KernelContext context{.kernel = **kernel,
                          .times = options.times,
                          .choice = wanted.choice,
                          .conditions = wanted.conditions,
                          .colors = !file && options.sink->takes_lines && wants_color(options.color, standard_fd),
                          .wide = wanted.wide,
                          .meanings = wanted.meanings,
                          .cancel = session.cancel()};
    const auto opened = recording_for(session, report, context.times);
    const bool of_it = opened && opened->ok() && !(*opened)->boot_before;
    const bool dated = of_it && (*opened)->recording.described();
    if (of_it && (report.screen || dated)) context.recording = &(*opened)->recording;
    if (opened && !of_it) context.no_recording = opened->ok() ? "it is of the boot before" : opened->error().message;
    if (!dated && context.times.form == TimeForm::Wall) context.times.form = TimeForm::Monotonic;
    const auto body = write_kernel_report({.report = report,
                                           .sink = *options.sink,
                                           .tool = std::string(tool),
                                           .source = session.name(),
                                           .source_format = std::string(session.format()),
                                           .context = context},
                                          file ? *file : standard);
    if (!body) return body.error().in(session.name());
    ExitStatus known = tell_findings(tool, session.memory()->findings());
    if (file)
        if (const auto committed = file->commit(); !committed) return committed.error();
    if (report.screen) {
        if (context.recording != nullptr) known = std::max(known, tell_findings(tool, context.recording->findings));
    } else if (opened && !dated) {
        complain(tool, "note", "nothing relates the kernel's clock to the wall clock: times are seconds");
    }
    if (options.sink->rows_alone && !body->summary.empty()) complain(tool, "note", body->summary);
    if (body->rows == 0 && !wanted.conditions.empty()) complain(tool, "note", "no row is as the filter says");
    return std::max(known, tell_findings(tool, body->findings));
}

}  // namespace kstrax
