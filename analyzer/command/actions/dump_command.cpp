// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/dump_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/actions/make_report.hpp"
#include "analyzer/command/actions/session_report.hpp"
#include "analyzer/command/actions/trace_output.hpp"
#include "analyzer/command/support/find_options.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/importers/kstrax_files/buffer_name.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/memory/elf/elf_writer.hpp"
#include "analyzer/memory/pages_read.hpp"
#include "analyzer/sinks/plain_text.hpp"
#include "analyzer/views/trust_rows.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

/// By the end of the recording: the panic, else its last record.
std::string default_name(const Recording& recording) {
    return default_buffer_name(recording.facts.host_name, recording.wall_ns(Survey(recording).end()));
}

ExitStatus write_buffers(std::string_view tool, const Session& session, const Recording& recording,
                         const CommonOptions& options, Output& standard) {
    if (find_layout(recording.layout->id) == nullptr)
        return fail(tool, {ErrorCode::Usage,
                           "buffer files hold entries of layout " + layout_names() + " only; --excerpt keeps others"});
    if (!options.output && !recording.described())
        return fail(tool, {ErrorCode::Usage, "-b: neither host nor time is known to name the files by: add -o NAME"});
    const std::string name = options.output.value_or(default_name(recording));
    const auto paths = write_buffer_files(recording, name, session.files());
    if (!paths) return fail(tool, paths.error());
    for (const std::string& path : *paths)
        if (const auto written = standard.write(plain_text(path) + "\n"); !written) return fail(tool, written.error());
    return tell_findings(tool, recording.findings);
}

/// The VMCOREINFO that the excerpt keeps. What is read for its sake counts as needed.
std::string vmcoreinfo_of(Session& session, const OpenedRecording& opened, const MemorySource& tracked) {
    const MemorySource& memory = *session.memory();
    if (opened.space != nullptr) return std::string(opened.space->vmcoreinfo().text());
    const Located& located = session.located();
    if (opened.anchor == nullptr)  // carved, or given by physical addresses
        return located.scanned ? find_vmcoreinfo(memory, located.scan) : std::string(memory.vmcoreinfo());
    // With the page tables that lead to the rings, the excerpt can be read through those as well.
    auto space = find_kernel_space(tracked, located.scanned ? &located.scan : nullptr,
                                   architecture_of_audit(opened.recording.facts.audit_arch));
    if (space) (void)open_recording(tracked, located, *opened.anchor, &*space);
    return space && !space->vmcoreinfo().empty() ? std::string(space->vmcoreinfo().text())
                                                 : find_vmcoreinfo(memory, located.scan);
}

/// Writes all pages that opening and reading the recording needs.
ExitStatus write_excerpt(std::string_view tool, Session& session, const std::string& path, Output& standard) {
    const PagesRead tracked(*session.memory());
    const auto opened = session.open_recording(&tracked);
    if (!opened) return fail(tool, opened.error());
    const Recording& recording = opened->recording;
    const std::string vmcoreinfo = vmcoreinfo_of(session, *opened, tracked);
    const auto outcome = ring_findings(survey(recording), {});
    auto output = OutputFile::create(path, session.files());
    if (!output) return fail(tool, output.error());
    const auto pages = tracked.pages();
    const auto machine = static_cast<std::uint16_t>(recording.facts.audit_arch);  // AUDIT_ARCH = flags | EM_…
    const auto written = write_elf_core(*session.memory(), pages, vmcoreinfo, machine, **output);
    if (!written) return fail(tool, written.error());
    if (const auto committed = (*output)->commit(); !committed) return fail(tool, committed.error());
    if (!*written)
        complain(tool, "note",
                 "pages above 4 GiB: the excerpt is ELF64, which other tools do not take for a 32-bit machine's");
    const std::uint64_t count = tracked.count_pages();
    if (const auto told = standard.write(fmt::format("{}: {} pages\n", plain_text(path), count)); !told)
        return fail(tool, told.error());
    return std::max(tell_findings(tool, recording.findings), tell_findings(tool, outcome));
}

/// The report of the kernel itself that is asked for; null: none.
Result<const KernelReport*> wanted_kernel_report(const po::variables_map& values) {
    const KernelReport* wanted = nullptr;
    for (const KernelReport& report : kernel_reports()) {
        if (report.tasks != nullptr ? values.count(report.name) == 0 : !values[report.name].as<bool>()) continue;
        if (wanted != nullptr)
            return Error{ErrorCode::Usage,
                         fmt::format("--{} and --{}: one report of the kernel at a time", wanted->name, report.name)};
        wanted = &report;
    }
    return wanted;
}

/// The log is no report of its own where a paired report is asked for: it stands between the calls.
bool stands_beside(const KernelReport* report, const CommonOptions& options) {
    return report != nullptr && report->name == std::string_view("log") && options.reports.size() == 1 &&
           options.reports.front().kind == ReportKind::Paired;
}

/// Its own times, as far as no others are asked for.
TimeStyle kernel_times(const po::variables_map& values, const TimeStyle& asked, const KernelReport& report) {
    TimeStyle times = asked;
    const bool zone = values["utc"].as<bool>() || values["local"].as<bool>();  // of wall times
    if (report.times == nullptr) {
        times.form = TimeForm::Monotonic;
        return times;
    }
    if (values.count("time") == 0 && !zone) times.form = report.times->form;
    if (values.count("precision") == 0) times.digits = report.times->digits;
    return times;
}

/// What does not go with a report of the kernel itself.
Result<void> check_kernel_report(const DumpOptions& options) {
    if (options.kernel == nullptr) return {};
    const auto usage = [&](std::string_view why) {
        return Error{ErrorCode::Usage, fmt::format("--{}: {}", options.kernel->name, why)};
    };
    if (options.files() > 0 || options.summary || !options.common.reports.empty())
        return usage("more than one thing to make; choose it, reports (-t, -r, -c, -i), -b, --excerpt or --trace-dat");
    return {};
}

/// Of a report of the kernel itself by its own fields, of all others by those of calls.
Result<void> add_filters(DumpOptions& options, const po::variables_map& values, const TaskParser& parse_task) {
    if (options.kernel != nullptr) {
        if (options.kernel->fields == nullptr) {
            const auto given = given_filter(values, {});
            if (given) return Error{ErrorCode::Usage, fmt::format("--{}: has no filters", options.kernel->name)};
            return {};
        }
        auto conditions = row_conditions(values, options.kernel->name, options.kernel->fields(), parse_task);
        if (!conditions) return conditions.error();
        options.conditions = std::move(*conditions);
        return {};
    }
    auto filter = filter_options(values, parse_task);
    if (!filter) return filter.error();
    options.filter = std::move(*filter);
    return {};
}

/// What is in flight needs no recording; where one is asked for, it is meant.
bool tasks_will_do(const Session& session, const DumpOptions& options) {
    const auto& reports = options.common.reports;
    const bool any = !options.find.way && !options.find.instance && !options.find.rings.any();
    return any && session.memory() != nullptr && reports.size() == 1 && reports.front().kind == ReportKind::InFlight;
}

/// The recording, or why there is none. A search of all memory for what the kernel says it does not have would take
/// longer than all the rest: it is for those who cannot do without.
Result<OpenedRecording> recording_of(Session& session, bool needed) {
    if (needed || !session.lacks_recorder()) return session.open_recording();
    return Error{ErrorCode::NotFound,
                 session.name() +
                     ": kstrax_buf is not among the kernel's modules, so it has no recording of its own "
                     "(--find=scan looks for an older one)"};
}

}  // namespace

void add_dump_options(po::options_description& description, const char* version_help) {
    add_common_options(description, version_help);
    add_filter_options(description, Program::Dump);
    add_find_options(description);
    description.add_options()(
        "buffer-files,b", po::bool_switch(),
        "write buffer files NAME_CPU, one for each CPU; -o gives NAME (default DATETIME_HOSTNAME, the "
        "recording's end in UTC)");
    for (const KernelReport& report : kernel_reports()) {
        const po::value_semantic* value = po::bool_switch();
        if (report.tasks != nullptr) value = po::value<std::string>()->value_name(report.tasks);
        description.add_options()(report.name, value, report.help);
    }
    description.add_options()(
        "summary", po::bool_switch(),
        "the recording: where it was found, how far to trust it, what was in flight, the last calls; of a source "
        "that holds no kernel, what is printed without another option")(
        "wide", po::bool_switch(),
        "--overview: whole lines, and all of them, not only what 80 columns and 40 lines hold")(
        "hex", po::bool_switch(), "--overview: arguments as numbers, as the manual has them");
    description.add_options()("excerpt", po::value<std::string>()->value_name("FILE"),
                              "write a small ELF core with only the pages that an analysis reads")(
        "trace-dat", po::value<std::string>()->value_name("FILE"),
        "write the recording as a file for trace-cmd and KernelShark");
}

Result<DumpOptions> dump_options(const po::variables_map& values, const TaskParser& parse_task) {
    auto common = common_options(values);
    if (!common) return common.error();
    const auto kernel = wanted_kernel_report(values);
    if (!kernel) return kernel.error();
    DumpOptions options{.common = std::move(*common), .filter = {}};
    options.with_log = stands_beside(*kernel, options.common);
    if (!options.with_log) options.kernel = *kernel;
    if (const auto filtered = add_filters(options, values, parse_task); !filtered) return filtered.error();
    auto find = find_options(values);
    if (!find) return find.error();
    options.buffers = values["buffer-files"].as<bool>();
    options.find = std::move(*find);
    options.summary = values["summary"].as<bool>();
    options.wide = values["wide"].as<bool>();
    options.hex = values["hex"].as<bool>();
    if (values.count("excerpt") > 0) options.excerpt = values["excerpt"].as<std::string>();
    if (values.count("trace-dat") > 0) options.trace_dat = values["trace-dat"].as<std::string>();
    if (options.kernel != nullptr && options.kernel->tasks != nullptr) {
        auto choice = TaskChoice::parse(values[options.kernel->name].as<std::string>());
        if (!choice) return choice.error().in(fmt::format("--{}", options.kernel->name));
        options.choice = std::move(*choice);
    }
    if (options.kernel != nullptr) options.common.times = kernel_times(values, options.common.times, *options.kernel);
    if (const auto checked = check_kernel_report(options); !checked) return checked.error();
    if (options.files() + int{!options.common.reports.empty()} + int{options.summary} > 1)
        return Error{
            ErrorCode::Usage,
            "more than one thing to make; choose reports (-t, -r, -c, -i), --summary, -b, --excerpt or --trace-dat"};
    if (options.common.output && (options.excerpt || options.trace_dat))
        return Error{ErrorCode::Usage, "-o: --excerpt and --trace-dat name their file themselves"};
    if (options.files() > 0 && !options.filter.empty())
        return Error{ErrorCode::Usage,
                     "buffer files, excerpts and trace.dat files are of the whole recording: no filters"};
    return options;
}

std::vector<std::string> output_folders(const DumpOptions& options) {
    const std::optional<std::string>& output = options.common.output;
    std::vector<std::string> folders;
    if (options.excerpt) folders.push_back(OutputFile::folder_of(*options.excerpt));
    if (options.trace_dat) folders.push_back(OutputFile::folder_of(*options.trace_dat));
    if (options.buffers) folders.push_back(OutputFile::folder_of(output.value_or("")));
    else if (output && *output != "-") folders.push_back(OutputFile::folder_of(*output));
    return folders;
}

bool wants_overview(Session& session, const DumpOptions& options) {
    const CommonOptions& common = options.common;
    const bool nothing_else = options.kernel == nullptr && common.reports.empty() && !options.summary &&
                              options.files() == 0 && options.filter.empty() && !options.find.way &&
                              !options.find.rings.any() && !options.find.instance;
    return nothing_else && common.sink->takes_lines && session.memory() != nullptr && session.kernel();
}

ExitStatus dump(std::string_view tool, Session& session, const DumpOptions& options, Output& standard,
                int standard_fd) {
    if (options.excerpt && session.memory() == nullptr)
        return fail(tool, {ErrorCode::Usage, fmt::format("--excerpt: is for a memory image; {} names {}",
                                                         session.name(), session.format())});
    const KernelWanted look{
        .choice = options.choice, .conditions = options.conditions, .wide = options.wide, .meanings = !options.hex};
    if (options.kernel != nullptr) {
        const auto status = report_kernel(tool, session, *options.kernel, look, options.common, standard, standard_fd);
        return status ? *status : fail(tool, status.error());
    }
    if (wants_overview(session, options)) {
        const auto status = report_kernel(tool, session, overview_row(), look, options.common, standard, standard_fd);
        if (status) return *status;
        // Where memory says nothing of its kernel, the recording may. What else fails would fail again.
        constexpr std::array kElsewhere{ErrorCode::Io, ErrorCode::Usage, ErrorCode::Cancelled};
        if (std::ranges::find(kElsewhere, status.error().code) != kElsewhere.end()) return fail(tool, status.error());
    }
    if (options.excerpt) return write_excerpt(tool, session, *options.excerpt, standard);
    const bool tasks_do = tasks_will_do(session, options);
    auto opened = recording_of(session, !tasks_do);
    if (!opened && tasks_do && opened.error().code == ErrorCode::NotFound)
        return report_without_recording(tool, session, opened.error(),
                                        {ReportKind::InFlight, options.common, options.filter, options.common.output},
                                        standard, standard_fd);
    if (!opened) {
        const ExitStatus failed = fail(tool, opened.error());
        if (opened.error().code == ErrorCode::NotFound && session.memory() != nullptr && session.kernel())
            complain(tool, "note",
                     "the kernel itself can be read: --overview, --tasks, --locks, -i and --log need no recording");
        return failed;
    }
    if (options.buffers) return write_buffers(tool, session, opened->recording, options.common, standard);
    if (options.trace_dat) return write_trace_file(tool, session, *opened, *options.trace_dat, standard);
    std::vector<WantedReport> reports = options.common.reports;
    if (reports.empty()) reports.push_back({ReportKind::Summary, {}});
    ExitStatus status = kDone;
    for (std::size_t i = 0; i < reports.size() && status != kFailed && status != kUsage; ++i) {
        if (i > 0 && session.live()) opened = session.open_recording();  // which went on meanwhile
        if (!opened) return fail(tool, opened.error());
        const SessionReport wanted{.kind = reports[i].kind,
                                   .options = options.common,
                                   .filter = options.filter,
                                   .output = options.common.output,
                                   .with_log = options.with_log};
        status = std::max(status, report_session(tool, session, *opened, wanted, standard, standard_fd));
    }
    return status;
}

}  // namespace kstrax
