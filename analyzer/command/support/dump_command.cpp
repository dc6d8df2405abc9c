// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/dump_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/support/carved.hpp"
#include "analyzer/command/support/dump_tasks.hpp"
#include "analyzer/command/support/report_command.hpp"
#include "analyzer/files/buffer_files.hpp"
#include "analyzer/files/buffer_name.hpp"
#include "analyzer/locate/kernel_text.hpp"
#include "analyzer/memory/elf/elf_writer.hpp"
#include "analyzer/memory/tracking.hpp"
#include "analyzer/report/moment.hpp"
#include "analyzer/report/trust_rows.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

/// By the end of the recording: the panic, else its last record.
std::string default_name(const Recording& recording) {
    Nanos last = recording.end.time_ns;
    if (last == 0)
        for (const CpuTrust& cpu : survey(recording)) last = std::max(last, cpu.last_time.value_or(0));
    return default_buffer_name(bounded_text({recording.facts.host_name, sizeof recording.facts.host_name}),
                               recording.wall_ns(last));
}

ExitStatus write_buffers(const DumpInput& input, const Recording& recording, const CommonOptions& options,
                         Output& standard) {
    if (find_layout(recording.facts.layout) == nullptr)
        return fail(input.tool, {ErrorCode::Usage,
                                 "buffer files hold entries of layout ia32, ia64 or x86_64 only; "
                                 "--excerpt keeps others"});
    if (!options.output && !recording.described())
        return fail(input.tool,
                    {ErrorCode::Usage, "-b: neither host nor time is known to name the files by: add -o NAME"});
    const std::string name = options.output.value_or(default_name(recording));
    const auto paths = write_buffer_files(recording, name, input.files);
    if (!paths) return fail(input.tool, paths.error());
    for (const std::string& path : *paths)
        if (const auto written = standard.write(path + "\n"); !written) return fail(input.tool, written.error());
    return tell_damage(input.tool, recording.damage);
}

/// Writes all pages that have been read of `tracked`.
ExitStatus write_pages(const DumpInput& input, const TrackingSource& tracked, const Recording& recording,
                       std::string_view vmcoreinfo, const std::string& path, Output& standard) {
    const auto outcome = damage_sentences(survey(recording));
    auto output = OutputFile::create(path, input.files);
    if (!output) return fail(input.tool, output.error());
    const auto pages = tracked.pages();
    const auto machine = static_cast<std::uint16_t>(recording.facts.audit_arch);  // AUDIT_ARCH = flags | EM_…
    const auto written = write_elf_core(input.memory, pages, vmcoreinfo, machine, **output);
    if (!written) return fail(input.tool, written.error());
    if (const auto committed = (*output)->commit(); !committed) return fail(input.tool, committed.error());
    if (const auto told = standard.write(fmt::format("{}: {} pages\n", path, pages.size())); !told)
        return fail(input.tool, told.error());
    return std::max(tell_damage(input.tool, recording.damage), tell_damage(input.tool, outcome));
}

ExitStatus write_excerpt(const DumpInput& input, const Anchor& anchor, const std::string& path, Output& standard) {
    const TrackingSource tracked(input.memory);
    // The located anchors were read before: read the one again through the tracker.
    if (const auto again = read_anchor(tracked, anchor.at); !again) return fail(input.tool, again.error());
    const Recording recording = open_recording(tracked, input.located, anchor);
    // With the page tables that lead to the rings, the excerpt can be read through those as well.
    auto space = find_kernel_space(tracked, input.located.scanned ? &input.located.scan : nullptr,
                                   architecture_of_audit(recording.facts.audit_arch));
    if (space) (void)open_recording(tracked, input.located, anchor, &*space);
    const std::string text = input.located.scanned || !space ? find_vmcoreinfo(input.memory, input.located.scan)
                                                             : std::string(space->vmcoreinfo().text());
    return write_pages(input, tracked, recording, text, path, standard);
}

ExitStatus write_given_excerpt(const DumpInput& input, const DumpOptions& options, Output& standard) {
    const TrackingSource tracked(input.memory);
    const auto given = open_ring_options(tracked, options.rings, input.symbols);
    if (!given) return fail(input.tool, given.error().in(input.name));
    const std::string_view vmcoreinfo =
        (*given)->space ? (*given)->space->vmcoreinfo().text() : input.memory.vmcoreinfo();
    return write_pages(input, tracked, (*given)->recording, vmcoreinfo, *options.excerpt, standard);
}

/// Reports that say what is in flight at the end.
constexpr std::array kOfTheEnd{ReportKind::Summary, ReportKind::Paired, ReportKind::InFlight};

/// What the dumped kernel itself says of its tasks, for a report that needs it; none where it does not.
std::optional<DumpTasks> tasks_for(const DumpInput& input, const DumpOptions& options, const Anchor* anchor) {
    const ReportKind kind = options.common.kind.value_or(ReportKind::Summary);
    const bool asked = options.filter.asks(QueryField::Nspid);
    const bool of_the_end = std::ranges::find(kOfTheEnd, kind) != kOfTheEnd.end() &&
                            (kind != ReportKind::Paired || !input.memory.live());  // which knows of no end
    if (input.notes != nullptr || (!of_the_end && !asked)) return std::nullopt;
    const auto started = std::chrono::steady_clock::now();
    auto tasks = read_dump_tasks(input.memory, input.located, anchor);
    if (options.common.version) {
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
        std::string said = tasks ? fmt::format("found: {}, by the kernel's types", tasks->size())
                                 : "no COMMAND and state: " + tasks.error().message;
        if (tasks && !tasks->no_calls.empty()) said += "; not which calls they are in: " + tasks->no_calls;
        complain(input.tool, "note", fmt::format("{:<16}{:8.2f} ms  {}", "tasks", taken.count(), said));
    }
    if (!tasks && asked) complain(input.tool, "warning", "nspid is not known of any thread: " + tasks.error().message);
    if (!tasks) return std::nullopt;
    return std::move(*tasks);
}

}  // namespace

ExitStatus write_report_or_buffers(const DumpInput& input, const DumpOptions& options, const Recording& recording,
                                   const Anchor* anchor, Output& standard, std::function<bool()> more) {
    if (options.buffers) return write_buffers(input, recording, options.common, standard);
    const auto tasks = tasks_for(input, options, anchor);
    const ExitStatus status =
        make_report(recording,
                    {.kind = options.common.kind.value_or(ReportKind::Summary),
                     .format = options.common.format,
                     .tool = input.tool,
                     .source = input.name,
                     .source_format = std::string(input.memory.format()),
                     .filter = options.filter,
                     .statistics = options.common.statistics,
                     .times = options.common.times,
                     .meanings = options.common.meanings,
                     .notes = tasks ? &*tasks : input.notes,
                     .cancel = input.cancel,
                     .more = std::move(more)},
                    options.common.output, input.files, standard, options.common.color, input.standard_fd);
    if (!tasks || input.memory.live()) return status;  // a list that changes while it is read may lead astray
    return std::max(status, tell_damage(input.tool, tasks->damage()));
}

namespace {

ExitStatus dump_given(const DumpInput& input, const DumpOptions& options, Output& standard) {
    if (options.excerpt) return write_given_excerpt(input, options, standard);
    const auto given = open_ring_options(input.memory, options.rings, input.symbols);
    if (!given) return fail(input.tool, given.error().in(input.name));
    return write_report_or_buffers(input, options, (*given)->recording, nullptr, standard);
}

/// `otherwise`: what to say where nothing is found; null: what carving says.
ExitStatus dump_carved(const DumpInput& input, const DumpOptions& options, const Error* otherwise, Output& standard) {
    const TrackingSource tracked(input.memory);
    const MemorySource& memory = options.excerpt ? static_cast<const MemorySource&>(tracked) : input.memory;
    const auto started = std::chrono::steady_clock::now();
    const auto carved = open_carved(input, memory, options.instance);
    if (options.common.version) {
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
        complain(input.tool, "note",
                 fmt::format("{:<16}{:8.2f} ms  {}", "carving", taken.count(),
                             carved ? "found: " + carved->provenance.front() : carved.error().message));
    }
    if (!carved) {
        const bool nothing = carved.error().code == ErrorCode::NotFound && otherwise != nullptr;
        return fail(input.tool, nothing ? *otherwise : carved.error());
    }
    if (!options.excerpt) return write_report_or_buffers(input, options, *carved, nullptr, standard);
    return write_pages(input, tracked, *carved, find_vmcoreinfo(input.memory, input.located.scan), *options.excerpt,
                       standard);
}

}  // namespace

Result<const Anchor*> choose_anchor(const DumpInput& input, const std::optional<std::string>& instance) {
    const Located& located = input.located;
    const MemorySource& memory = input.memory;
    if (located.anchors.empty()) {
        std::string why = located.rejected.empty() ? "" : "; " + located.rejected.front();
        for (const std::string& sentence : memory.damage()) why += "; " + sentence;
        if (located.scan.unreadable_pages > 0)
            why += fmt::format("; {} pages could not be read", located.scan.unreadable_pages);
        // A raw image has no header: anything may have been taken for one.
        const std::string_view asked = memory.format().starts_with("raw")
                                           ? "nothing known stands at its start; is it a memory image? If it is, "
                                           : "";
        return Error{ErrorCode::NotFound,
                     fmt::format("{}: no kstrax ring found in {} pages (read as {}): {}was kstrax_buf loaded?{}",
                                 input.name, memory.memory_size() / 4096, memory.format(), asked, why)};
    }
    if (!instance) return &located.anchors.front();
    std::string known;
    for (const Anchor& anchor : located.anchors) {
        const std::string id = fmt::format("{:016x}", std::uint64_t{anchor.block.facts.instance_id});
        if (id == *instance) return &anchor;
        known += " " + id;
    }
    return Error{ErrorCode::Usage, fmt::format("{}: no recording {}; there are:{}", input.name, *instance, known)};
}

void tell_other_recordings(const DumpInput& input, const Anchor& chosen) {
    for (const Anchor& anchor : input.located.anchors) {
        if (&anchor == &chosen) continue;
        TextBuffer when;
        append_date_time(when, anchor.block.facts.start_realtime_ns);
        complain(
            input.tool, "note",
            fmt::format("another recording, begun {} UTC, is in this image: --instance {:016x}",
                        std::string_view(when.data(), when.size()), std::uint64_t{anchor.block.facts.instance_id}));
    }
}

void add_dump_options(po::options_description& description, const char* version_help) {
    add_common_options(description, version_help);
    add_filter_options(description, Program::Dump);
    add_ring_options(description);
    description.add_options()("buffer-files,b", po::bool_switch(),
                              "write buffer files NAME_CPU, one a CPU; -o gives NAME (default DATETIME_HOSTNAME, the "
                              "recording's end in UTC)");
    description.add_options()("excerpt", po::value<std::string>()->value_name("FILE"),
                              "write a small ELF core with only the pages that an analysis reads");
    description.add_options()("instance", po::value<std::string>()->value_name("ID"),
                              "which recording, where the image holds several");
    description.add_options()("no-frame-lists", po::bool_switch(),
                              "find the rings' pages through the kernel's page tables alone");
    description.add_options()("carve", po::bool_switch(),
                              "put the rings together from single pages, as is done where nothing leads to them");
}

Result<DumpOptions> dump_options(const po::variables_map& values, const TaskParser& parse_task) {
    auto common = common_options(values);
    if (!common) return common.error();
    auto filter = filter_options(values, parse_task);
    if (!filter) return filter.error();
    auto rings = ring_options(values);
    if (!rings) return rings.error();
    DumpOptions options{
        std::move(*common),         std::move(*filter), values["buffer-files"].as<bool>(), {}, {}, false,
        values["carve"].as<bool>(), std::move(*rings)};
    if (values.count("excerpt") > 0) options.excerpt = values["excerpt"].as<std::string>();
    if (values.count("instance") > 0) options.instance = values["instance"].as<std::string>();
    options.page_tables = values["no-frame-lists"].as<bool>();
    if (options.rings.any() && (options.instance || options.page_tables))
        return Error{ErrorCode::Usage,
                     "--instance and --no-frame-lists are for rings with an anchor, not for given ones"};
    if (options.carve && (options.rings.any() || options.page_tables))
        return Error{ErrorCode::Usage, "--carve goes by what pages hold: neither by --ring nor by --no-frame-lists"};
    const bool whole = options.buffers || options.excerpt;
    if (int{options.buffers} + int{options.excerpt.has_value()} + int{!options.common.reports.empty()} > 1)
        return Error{ErrorCode::Usage, "more than one thing to make; choose reports (-t, -r, -c, -i), -b or --excerpt"};
    if (whole && !options.filter.empty())
        return Error{ErrorCode::Usage, "buffer files and excerpts are of the whole recording: no filters"};
    return options;
}

namespace {

/// Tells of other recordings where `first`.
ExitStatus dump_once(const DumpInput& input, const DumpOptions& options, bool first, Output& standard) {
    if (options.rings.any()) return dump_given(input, options, standard);
    if (options.carve) return dump_carved(input, options, nullptr, standard);
    const auto anchor = choose_anchor(input, options.instance);
    if (!anchor && anchor.error().code == ErrorCode::NotFound && input.may_carve)
        return dump_carved(input, options, &anchor.error(), standard);
    if (!anchor) return fail(input.tool, anchor.error());
    if (first && !options.instance) tell_other_recordings(input, **anchor);
    if (options.excerpt) return write_excerpt(input, **anchor, *options.excerpt, standard);

    std::optional<KernelSpace> space;
    if (options.page_tables) {
        auto found = find_kernel_space(input.memory, input.located.scanned ? &input.located.scan : nullptr,
                                       architecture_of_audit((*anchor)->block.facts.audit_arch));
        if (!found) return fail(input.tool, found.error().in(input.name));
        space = std::move(*found);
    }
    const Recording recording = open_recording(input.memory, input.located, **anchor, space ? &*space : nullptr);
    return write_report_or_buffers(input, options, recording, *anchor, standard);
}

}  // namespace

ExitStatus dump(const DumpInput& input, const DumpOptions& options, Output& standard) {
    ExitStatus status = dump_once(input, options, true, standard);
    DumpOptions next = options;
    for (std::size_t i = 1; i < options.common.reports.size() && status != kFailed && status != kUsage; ++i) {
        next.common.kind = options.common.reports[i].kind;
        status = std::max(status, dump_once(input, next, false, standard));
    }
    return status;
}

}  // namespace kstrax
