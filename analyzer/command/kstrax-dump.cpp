// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump: reports from the memory of a machine, dead or alive.
#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <iostream>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/support/dump_command.hpp"
#include "analyzer/command/support/files_command.hpp"
#include "analyzer/command/support/report_command.hpp"
#include "analyzer/command/support/vtop.hpp"
#include "analyzer/command/support/watch.hpp"
#include "analyzer/files/buffer_name.hpp"
#include "analyzer/live/live_device.hpp"
#include "analyzer/locate/kernel_text.hpp"
#include "analyzer/locate/ways.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "analyzer/memory/read_ahead.hpp"
#include "analyzer/memory/running.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr std::string_view kTool = "kstrax-dump";
constexpr std::string_view kUsageText =
    "Usage: kstrax-dump [-t|-r|-c|-i|-b] [OPTIONS] SOURCE...\n"
    "       kstrax-dump --vtop ADDRESS[,ADDRESS...] [-v] SOURCE...\n"
    "Finds the rings of kstrax_buf in a memory image and reports what they hold.\n"
    "SOURCE is an ELF core (/proc/vmcore, QEMU), a kdump-compressed dump (also\n"
    "flattened, or all files of a split one), a LiME dump, a raw image of\n"
    "physical memory, the running machine (/proc/kcore, /dev/mem), or the NAME of\n"
    "buffer files. Without -t, -r, -c, -i or -b: a summary of what was found, how far to trust it, and the last\n"
    "calls.\n";

ExitStatus translate(const MemorySource& memory, const std::string& path, const std::string& addresses, bool verbose) {
    const auto parsed = parse_addresses(addresses, std::cin);
    if (!parsed) return fail(kTool, parsed.error());
    auto space = find_kernel_space(memory, nullptr);
    if (!space) return fail(kTool, space.error().in(path));
    if (verbose) complain(kTool, "note", space->description());
    const auto output = OutputFile::standard_output();
    const auto outcome = write_translations(*space, *parsed, verbose, *output);
    if (!outcome) return fail(kTool, outcome.error());
    return std::max(tell_damage(kTool, memory.damage()), tell_damage(kTool, outcome->damage));
}

/// --live: for what a machine writes to; a dump stays as it is.
Result<void> take_as_running(OpenedMemory& opened) {
    if (opened.memory->live()) return {};
    if (!opened.memory->format().starts_with("raw"))
        return Error{ErrorCode::Usage,
                     fmt::format("--live: {} is {}, which does not change; name a raw image that a machine "
                                 "has as its memory, /proc/kcore or /dev/mem",
                                 opened.name, opened.memory->format())};
    opened.memory = std::make_unique<RunningMemory>(std::move(opened.memory));
    return {};
}

/// Each call that reads the kernel's memory would be recorded, over an older record. Empty if ours
/// are left out, else why not. A file that is another machine's memory is read without a trace.
std::string leave_us_out() {
    auto device = LiveDevice::open();
    if (!device) return device.error().message;
    const auto out = (*device)->leave_us_out();
    return out ? std::string() : out.error().message;
}

bool is_this_kernel(const MemorySource& memory) { return memory.live() && memory.format().starts_with("live memory"); }

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Of -v: a line for each way that leads to the rings, with what came of it.
void tell_story(const OpenedMemory& opened, double open_ms, const Located& located) {
    const auto line = [](std::string_view way, std::optional<double> ms, std::string_view said) {
        const std::string time = ms ? fmt::format("{:8.2f} ms", *ms) : std::string(11, ' ');
        complain(kTool, "note", fmt::format("{:<16}{}  {}", way, time, said));
    };
    line("opened", open_ms,
         fmt::format("{}: {}, {} pages", opened.name, opened.memory->format(),
                     opened.memory->memory_size() / opened.memory->page_size()));
    for (const WayTold& told : located.story) line(told.way, told.milliseconds, told.said);
    for (const std::string& why : located.rejected) line("passed over", std::nullopt, why);
}

/// Buffer files have no memory around their records.
ExitStatus dump_files(const po::variables_map& values, const CommonOptions& options, const Filter& filter) {
    const std::string& name = options.sources.front();
    po::options_description known;
    add_common_options(known);
    add_filter_options(known, Program::Dump);
    for (const auto& [option, value] : values)
        if (!value.defaulted() && std::isalpha(static_cast<unsigned char>(option[0])) != 0 &&
            known.find_nothrow(option, false) == nullptr)
            return fail(kTool, {ErrorCode::Usage,
                                fmt::format("--{}: is for a memory image; {} names buffer files", option, name)});
    if (options.reports.empty()) return report_files(kTool, name, ReportKind::Summary, options, filter, options.output);
    ExitStatus status = kDone;
    for (const WantedReport& wanted : options.reports) {
        status = std::max(status, report_files(kTool, name, wanted.kind, options, filter, options.output));
        if (status == kFailed || status == kUsage) break;
    }
    return status;
}

ExitStatus dump_file(int argc, char** argv) {
    po::options_description description("Options");
    add_dump_options(description,
                     "print the version and end; with a SOURCE, tell on standard error which ways to "
                     "the rings were tried, what came of each and how long it took");
    add_watch_options(description);
    description.add_options()("vtop", po::value<std::string>()->value_name("ADDRESSES"),
                              "print where these virtual addresses of the kernel lie in physical memory; - reads them "
                              "from standard input; with -v, the table entries too");
    description.add_options()("search", po::bool_switch(),
                              "look for recordings in all of memory, also where the kernel's own is found without");
    std::vector<std::string> words = with_names_apart(
        argc, argv, description, [](const std::string& name) { return ::access(name.c_str(), F_OK) == 0; });
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    const auto values = parse_options(static_cast<int>(pointers.size()), pointers.data(), description);
    if (!values) return fail(kTool, values.error());
    if (const auto answered = answer_help(kTool, kUsageText, *values, description)) return *answered;
    const auto options = dump_options(*values);
    if (!options) return fail(kTool, options.error());
    const auto how = watch_options(*values, *options);
    if (!how) return fail(kTool, how.error());
    const bool vtop = values->count("vtop") > 0;
    const std::vector<std::string>& names = options->common.sources;
    if (options->common.version && !vtop && names.empty()) return print_version(kTool);
    if (names.empty())
        return fail(kTool, {ErrorCode::Usage, "no memory image named: kstrax-dump [OPTIONS] SOURCE... (-h for help)"});

    if (names.size() == 1 && buffer_set_of(names.front())) return dump_files(*values, options->common, options->filter);

    const auto started = Clock::now();
    auto opened = open_memory(std::span(names));
    if (!opened) return fail(kTool, opened.error());
    if (how->live)
        if (const auto running = take_as_running(*opened); !running) return fail(kTool, running.error());
    const bool own_kernel = is_this_kernel(*opened->memory);
    const std::string recorded_for = own_kernel ? leave_us_out() : "";
    const MemorySource& memory = *opened->memory;
    if (vtop) return translate(memory, opened->name, (*values)["vtop"].as<std::string>(), options->common.version);
    const double open_ms = milliseconds_since(started);
    const bool search = (*values)["search"].as<bool>() || options->instance;
    const ReadAhead ahead(memory);
    const Located located = options->rings.any() ? Located{}
                                                 : locate(own_kernel ? static_cast<const MemorySource&>(ahead) : memory,
                                                          {.search = search});
    if (options->common.version) tell_story(*opened, open_ms, located);
    if (options->common.version && own_kernel)
        complain(kTool, "note",
                 "own calls       " + (recorded_for.empty() ? "not recorded" : "recorded: " + recorded_for));
    const bool summary = !options->common.kind && !options->buffers && !options->excerpt;
    if (summary && !located.anchors.empty())  // not in the report, which is the same for every form of a dump
        complain(kTool, "note",
                 fmt::format("{}: {}, {} pages of memory, {} in {:.0f} ms", opened->name, memory.format(),
                             memory.memory_size() / 4096,
                             located.scanned ? "searched" : "not searched for older recordings (--search does), read",
                             milliseconds_since(started)));
    const auto standard = OutputFile::standard_output();
    const DumpInput input{.tool = std::string(kTool),
                          .name = opened->name,
                          .memory = memory,
                          .located = located,
                          .files = opened->files,
                          .may_carve = !memory.live()};  // it has its recorder, or none
    return how->every ? watch(input, *options, *how, *standard) : dump(input, *options, *standard);
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(kTool, [&] { return dump_file(argc, argv); });
}
