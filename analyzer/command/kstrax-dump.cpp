// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump: reports from the memory of a machine, dead or alive.
#include <fmt/format.h>

#include <chrono>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/support/dump_command.hpp"

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

ExitStatus dump_file(int argc, char** argv) {
    po::options_description description("Options");
    add_dump_options(description);
    const auto values = parse_options(argc, argv, description);
    if (!values) return fail(kTool, values.error());
    const auto options = dump_options(*values);
    if (!options) return fail(kTool, options.error());
    if (options->common.help) {
        print_help(kUsageText, description);
        return kDone;
    }
    if (options->common.version) {
        print_version(kTool);
        return kDone;
    }
    const std::string& path = options->common.source;
    if (path.empty())
        return fail(kTool, {ErrorCode::Usage, "no memory image named: kstrax-dump [OPTIONS] SOURCE (-h for help)"});

    const auto started = std::chrono::steady_clock::now();
    const auto file = MappedFile::open(path);
    if (!file) return fail(kTool, file.error().in(path));
    const auto memory = open_memory_source(*file);
    if (!memory) return fail(kTool, memory.error());
    const Located located = locate_anchors(**memory);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
    const bool summary = !options->common.kind && !options->buffers && !options->excerpt;
    if (summary && !located.anchors.empty())  // not in the report, which is the same for every form of a dump
        complain(kTool, "note", fmt::format("{}: {}, {} pages of memory, searched in {:.0f} ms", path,
                                            (*memory)->format(), (*memory)->memory_size() / 4096, taken.count()));
    const FileIdentity inputs[] = {(*file)->identity()};
    const auto standard = OutputFile::standard_output();
    return dump({std::string(kTool), path, **memory, located, inputs}, *options, *standard);
}

}  // namespace

int main(int argc, char** argv) {
    return run_command(kTool, [&] { return dump_file(argc, argv); });
}
