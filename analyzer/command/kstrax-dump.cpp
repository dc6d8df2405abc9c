// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump: reports from the memory of a machine, dead or alive.
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/actions/dump_command.hpp"
#include "analyzer/command/actions/make_report.hpp"
#include "analyzer/command/actions/vtop.hpp"
#include "analyzer/command/actions/watch.hpp"
#include "analyzer/command/support/confine.hpp"
#include "analyzer/command/support/held_output.hpp"
#include "analyzer/command/support/program.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr std::string_view kTool = "kstrax-dump";
constexpr std::string_view kUsageText =
    "Usage: kstrax-dump [-t|-r|-c|-i|-b|--summary|--log|--tasks|--locks|...] [OPTIONS] SOURCE...\n"
    "       kstrax-dump --vtop ADDRESS[,ADDRESS...] [-v] SOURCE...\n"
    "       kstrax-dump --qmp [OPTIONS] SOCKET\n"
    "       kstrax-dump fields\n"
    "Reports what a memory image tells of the machine, and the system calls that\nkstrax_buf recorded in it.\n"
    "SOURCE is an ELF core (/proc/vmcore, QEMU), a kdump-compressed dump (also\n"
    "flattened, or all files of a split one), a LiME dump, a raw image of\n"
    "physical memory, the running machine (/proc/kcore, /dev/mem), or the NAME of\n"
    "buffer files. Without -t, -r, -c, -i or -b, it prints an overview of the dead machine:\n"
    "why it died, what it did, who waited for what, the end of its log; of a source that\n"
    "holds no kernel, the summary of the recording. fields prints the fields of reports\n"
    "and filters, with type and meaning.\n";

ExitStatus translate(const MemorySource& memory, const std::string& path, const std::string& addresses, bool verbose,
                     Output& output) {
    const auto parsed = parse_addresses(addresses, std::cin);
    if (!parsed) return fail(kTool, parsed.error());
    auto space = find_kernel_space(memory, nullptr);
    if (!space) return fail(kTool, space.error().in(path));
    if (verbose) complain(kTool, "note", space->description());
    const auto outcome = write_translations(*space, *parsed, verbose, output);
    if (!outcome) return fail(kTool, outcome.error());
    return std::max(tell_findings(kTool, memory.findings()), tell_findings(kTool, outcome->findings));
}

/// Of options that go with memory alone.
std::optional<Error> not_for_files(const Session& session, const DumpOptions& options, const WatchOptions& how,
                                   bool vtop) {
    if (session.memory() != nullptr) return std::nullopt;
    std::string option = vtop ? "--vtop" : options.excerpt ? "--excerpt" : how.every ? "--every" : "";
    if (options.kernel != nullptr) option = fmt::format("--{}", options.kernel->name);
    if (option.empty()) return std::nullopt;
    return Error{ErrorCode::Usage,
                 fmt::format("{}: is for a memory image; {} names {}", option, session.name(), session.format())};
}

/// How the source was read: not in the report, which is the same for every form of a dump.
void tell_of_memory(Session& session, double milliseconds) {
    const Located& located = session.located();
    if (located.anchors.empty()) return;
    complain(kTool, "note",
             fmt::format("{}: {}, {} pages of memory, {} in {:.0f} ms", session.name(), session.format(),
                         session.memory()->memory_size() / session.memory()->page_size(),
                         located.scanned ? "searched" : "not searched for older recordings (--find=scan does), read",
                         milliseconds));
}

/// A guest that was stopped goes on before anything is printed: the reader may be a pager.
ExitStatus while_guest_stands(Session& session, std::optional<HeldOutput>& held, Output& standard,
                              const std::function<ExitStatus(Output&)>& report) {
    if (!held) return report(standard);
    const ExitStatus status = report(*held);
    const auto went_on = session.go_on();
    if (const auto printed = held->pass_on(standard); !printed) return fail(kTool, printed.error());
    return went_on ? status : fail(kTool, went_on.error().in(session.name()));
}

ExitStatus dump_file(int argc, char** argv) {
    po::options_description description("Options");
    add_dump_options(description,
                     "print the version and exit; with a SOURCE, print to standard error each way to the "
                     "rings that was tried, its result and its time");
    add_watch_options(description);
    add_sandbox_option(description);
    description.add_options()("vtop", po::value<std::string>()->value_name("ADDRESSES"),
                              "print the physical addresses of these virtual addresses of the kernel; - reads them "
                              "from standard input; with -v, also the table entries");
    std::vector<std::string> words = with_names_apart(
        argc, argv, description, [](const std::string& name) { return ::access(name.c_str(), F_OK) == 0; });
    std::vector<char*> pointers;
    pointers.reserve(words.size());
    for (std::string& word : words) pointers.push_back(word.data());
    const auto values = parse_options(static_cast<int>(pointers.size()), pointers.data(), description);
    if (!values) return fail(kTool, values.error());
    if (const auto answered = answer_help(kTool, kUsageText, *values, description)) return *answered;
    const auto options = dump_options(*values);
    if (!options) return fail(kTool, options.error());
    if (const auto answered = answer_fields(kTool, options->common)) return *answered;
    const auto how = watch_options(*values, *options);
    if (!how) return fail(kTool, how.error());
    const bool vtop = values->count("vtop") > 0;
    const std::vector<std::string>& names = options->common.sources;
    if (options->common.version && !vtop && names.empty()) return print_version(kTool);
    if (names.empty())
        return fail(kTool, {ErrorCode::Usage, "no memory image named: kstrax-dump [OPTIONS] SOURCE... (-h for help)"});

    const auto started = std::chrono::steady_clock::now();
    const auto opened = Session::open_files({.names = names,
                                             .find = options->find,
                                             .running = how->live,
                                             .guest = how->guest,
                                             .verbose = options->common.version,
                                             .tell = [](const std::string& note) { complain(kTool, "note", note); }});
    if (!opened) return fail(kTool, opened.error());
    Session& session = **opened;
    std::optional<HeldOutput> held;
    if (session.holds_guest()) held.emplace();
    confine(kTool, *values,
            {.output_folders = output_folders(*options),
             .helpers = session.holds_guest(),
             .readers = session.starts_readers()},
            options->common.version);
    if (const auto read = session.read(); !read) return fail(kTool, read.error());
    if (const auto error = not_for_files(session, *options, *how, vtop)) return fail(kTool, *error);
    const auto standard = OutputFile::standard_output();
    if (vtop)
        return while_guest_stands(session, held, *standard, [&](Output& output) {
            return translate(*session.memory(), session.name(), (*values)["vtop"].as<std::string>(),
                             options->common.version, output);
        });
    const bool summary = options->kernel == nullptr && !options->common.kind && options->files() == 0;
    if (summary && session.memory() != nullptr && !wants_overview(session, *options)) {
        (void)session.located();
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
        tell_of_memory(session, taken.count());
    }
    if (how->every) return watch(kTool, session, *options, *how, *standard);
    return while_guest_stands(session, held, *standard,
                              [&](Output& output) { return dump(kTool, session, *options, output); });
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(kTool, [&] { return dump_file(argc, argv); });
}
