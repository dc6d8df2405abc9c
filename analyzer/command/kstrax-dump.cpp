// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump: reports from the memory of a machine, dead or alive.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/command/support/report_command.hpp"
#include "analyzer/files/buffer_files.hpp"
#include "analyzer/locate/locate.hpp"
#include "analyzer/report/moment.hpp"
#include "analyzer/report/trust_rows.hpp"
#include "analyzer/source/elf_writer.hpp"
#include "analyzer/source/tracking.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr std::string_view kTool = "kstrax-dump";
constexpr std::string_view kUsageText =
    "Usage: kstrax-dump [-t|-r|-c|-i|-b] [OPTIONS] SOURCE\n"
    "Finds the rings of kstrax_buf in a memory image and reports what they hold.\n"
    "SOURCE is an ELF core (/proc/vmcore, QEMU), a kdump-compressed dump (also\n"
    "flattened) or a raw image of physical memory. Without -t, -r, -c, -i or -b:\n"
    "a summary of what was found, how far to trust it, and the last calls.\n";

struct Source {
    std::shared_ptr<const MappedFile> file;
    std::unique_ptr<MemorySource> memory;
    Located located;
};

Result<Source> open_source(const std::string& path) {
    auto file = MappedFile::open(path);
    if (!file) return file.error().in(path);
    auto memory = open_memory_source(*file);
    if (!memory) return memory.error();
    Source source{std::move(*file), std::move(*memory), {}};
    source.located = locate_anchors(*source.memory);
    return source;
}

/// The anchor that the user asked for, or the newest.
Result<const Anchor*> choose_anchor(const Source& source, const std::optional<std::string>& instance) {
    const Located& located = source.located;
    const std::string& path = source.file->path();
    if (located.anchors.empty()) {
        std::string why = located.rejected.empty() ? "" : "; " + located.rejected.front();
        for (const std::string& sentence : source.memory->damage()) why += "; " + sentence;
        if (located.scan.unreadable_pages > 0)
            why += fmt::format("; {} pages could not be read", located.scan.unreadable_pages);
        return Error{ErrorCode::NotFound,
                     fmt::format("{}: no kstrax ring found in {} pages (read as {}): was kstrax_buf loaded{}?{}", path,
                                 source.memory->memory_size() / 4096, source.memory->format(),
                                 source.memory->format().starts_with("raw") ? ", and is it a memory image" : "", why)};
    }
    if (!instance) return &located.anchors.front();
    std::string known;
    for (const Anchor& anchor : located.anchors) {
        const std::string id = fmt::format("{:016x}", std::uint64_t{anchor.block.facts.instance_id});
        if (id == *instance) return &anchor;
        known += " " + id;
    }
    return Error{ErrorCode::Usage, fmt::format("{}: no recording {}; there are:{}", path, *instance, known)};
}

/// DATETIME_HOSTNAME, by the end of the recording; nothing of a hostile host name but its letters.
std::string default_name(const Recording& recording) {
    Nanos last = recording.end.time_ns;
    if (last == 0)
        for (const CpuTrust& cpu : survey(recording)) last = std::max(last, cpu.last_time.value_or(0));
    TextBuffer text;
    append_date_time(text, recording.wall_ns(last));
    std::string name;
    for (const char c : std::string_view(text.data(), text.size()))
        if (c != '-' && c != ':') name.push_back(c == ' ' ? '-' : c);
    name.push_back('_');
    for (const char c : bounded_text({recording.facts.host_name, sizeof recording.facts.host_name}))
        name.push_back(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ? c : '.');
    return name;
}

ExitStatus write_buffers(const Recording& recording, const CommonOptions& options, const Source& source) {
    const std::string name = options.output.value_or(default_name(recording));
    const FileIdentity inputs[] = {source.file->identity()};
    const auto paths = write_buffer_files(recording, name, inputs);
    if (!paths) return fail(kTool, paths.error());
    for (const std::string& path : *paths) fmt::print("{}\n", path);
    return tell_damage(kTool, recording.damage);
}

ExitStatus write_excerpt(const Source& source, const Anchor& anchor, const std::string& path) {
    const TrackingSource tracked(*source.memory);
    // The located anchors were read before: read the one again through the tracker.
    if (const auto again = read_anchor(tracked, anchor.at); !again) return fail(kTool, again.error());
    const Recording recording = open_recording(tracked, source.located, anchor);
    const auto outcome = damage_sentences(survey(recording));
    const FileIdentity inputs[] = {source.file->identity()};
    auto output = OutputFile::create(path, inputs);
    if (!output) return fail(kTool, output.error());
    const auto pages = tracked.pages();
    const auto machine = static_cast<std::uint16_t>(recording.facts.audit_arch);  // AUDIT_ARCH = flags | EM_…
    const auto written = write_elf_core(*source.memory, pages, find_vmcoreinfo(*source.memory, source.located.scan),
                                        machine, **output);
    if (!written) return fail(kTool, written.error());
    if (const auto committed = (*output)->commit(); !committed) return fail(kTool, committed.error());
    fmt::print("{}: {} pages\n", path, pages.size());
    return std::max(tell_damage(kTool, recording.damage), tell_damage(kTool, outcome));
}

void tell_other_recordings(const Source& source, const Anchor& chosen) {
    for (const Anchor& anchor : source.located.anchors) {
        if (&anchor == &chosen) continue;
        TextBuffer when;
        append_date_time(when, anchor.block.facts.start_realtime_ns);
        complain(kTool, "note", fmt::format("another recording, begun {} UTC, is in this image: --instance {:016x}",
                                            std::string_view(when.data(), when.size()),
                                            std::uint64_t{anchor.block.facts.instance_id}));
    }
}

ExitStatus dump(int argc, char** argv) {
    po::options_description description("Options");
    add_common_options(description);
    description.add_options()("buffer-files,b", po::bool_switch(),
                              "write buffer files NAME_CPU, one a CPU; -o gives NAME (default DATETIME_HOSTNAME)");
    description.add_options()("excerpt", po::value<std::string>()->value_name("FILE"),
                              "write a small ELF core with only the pages that an analysis reads");
    description.add_options()("instance", po::value<std::string>()->value_name("ID"),
                              "which recording, where the image holds several");
    const auto values = parse_options(argc, argv, description);
    if (!values) return fail(kTool, values.error());
    const auto options = common_options(*values);
    if (!options) return fail(kTool, options.error());
    if (options->help) {
        print_help(kUsageText, description);
        return kDone;
    }
    if (options->version) {
        print_version(kTool);
        return kDone;
    }
    const bool buffers = (*values)["buffer-files"].as<bool>();
    const bool excerpt = values->count("excerpt") > 0;
    if (int{buffers} + int{excerpt} + int{options->kind.has_value()} > 1)
        return fail(kTool, {ErrorCode::Usage, "more than one thing to make; choose one of -t, -r, -c, -i, -b, --excerpt"});
    if (options->source.empty())
        return fail(kTool, {ErrorCode::Usage, "no memory image named: kstrax-dump [OPTIONS] SOURCE (-h for help)"});

    const auto started = std::chrono::steady_clock::now();
    const auto source = open_source(options->source);
    if (!source) return fail(kTool, source.error());
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
    std::optional<std::string> instance;
    if (values->count("instance") > 0) instance = (*values)["instance"].as<std::string>();
    const auto anchor = choose_anchor(*source, instance);
    if (!anchor) return fail(kTool, anchor.error());
    if (!instance) tell_other_recordings(*source, **anchor);
    if (excerpt) return write_excerpt(*source, **anchor, (*values)["excerpt"].as<std::string>());

    const Recording recording = open_recording(*source->memory, source->located, **anchor);
    if (buffers) return write_buffers(recording, *options, *source);
    if (!options->kind)  // not in the report, which is the same for every form of a dump
        complain(kTool, "note", fmt::format("{}: {}, {} pages of memory, searched in {:.0f} ms", options->source,
                                            source->memory->format(), source->memory->memory_size() / 4096,
                                            taken.count()));
    const FileIdentity inputs[] = {source->file->identity()};
    return make_report(recording,
                       {.kind = options->kind.value_or(ReportKind::Summary),
                        .format = options->format,
                        .tool = std::string(kTool),
                        .source = options->source,
                        .source_format = std::string(source->memory->format())},
                       options->output, inputs);
}

}  // namespace

int main(int argc, char** argv) {
    return run_command(kTool, [&] { return dump(argc, argv); });
}
