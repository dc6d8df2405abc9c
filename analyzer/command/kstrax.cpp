// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax: the running recorder, and reports from buffer files.
#include <fmt/format.h>
#include <unistd.h>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/live_command.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/command/support/report_command.hpp"
#include "analyzer/files/buffer_files.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr std::string_view kTool = "kstrax";
constexpr std::string_view kUsageText =
    "Usage: kstrax -b [-s SIZE] [-k] [-T SEC] [-R] [-o NAME]\n"
    "       kstrax [-e TYPE]… [-p PID] [-S]\n"
    "       kstrax -t|-r|-c|-i [OPTIONS] NAME\n"
    "Copies what the kernel records to files, says what it records, and makes reports\n"
    "from the files NAME_0, NAME_1, … (one a CPU) to NAME_txt, NAME_raw,\n"
    "NAME_stat or NAME_flight; -o names another file.\n";

/// What is put behind NAME for a report's file (manual, tables 5-10 to 5-12).
struct Suffix {
    ReportKind kind;
    const char* text;
};
constexpr std::array kSuffixes{Suffix{ReportKind::Paired, "_txt"}, Suffix{ReportKind::Raw, "_raw"},
                               Suffix{ReportKind::Statistics, "_stat"}, Suffix{ReportKind::InFlight, "_flight"}};

std::string default_output(const std::string& name, ReportKind kind) {
    for (const Suffix& suffix : kSuffixes)
        if (suffix.kind == kind) return name + suffix.text;
    return "-";
}

ExitStatus run(int argc, char** argv) {
    po::options_description description("Options");
    add_live_options(description);
    add_common_options(description);
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
    if (wants_live(*values, options->kind.has_value())) return run_live(kTool, *values, *options);
    if (!options->kind)
        return fail(kTool, {ErrorCode::Usage, "no report asked for: choose one of -t, -r, -c, -i (-h for help)"});
    const auto source = only_source(options->sources);
    if (!source) return fail(kTool, source.error());
    if (source->empty())
        return fail(kTool, {ErrorCode::Usage, "no buffer files named: kstrax -t|-r|-c|-i NAME (-h for help)"});

    const auto filter = filter_options(*values);
    if (!filter) return fail(kTool, filter.error());
    const auto set = open_buffer_files(*source);
    if (!set) return fail(kTool, set.error());
    std::vector<FileIdentity> inputs;
    for (const auto& file : set->files) inputs.push_back(file->identity());
    const std::string output = options->output.value_or(default_output(*source, *options->kind));
    const auto standard = OutputFile::standard_output();
    const ExitStatus status = make_report(set->recording,
                                          {.kind = *options->kind,
                                           .format = options->format,
                                           .tool = std::string(kTool),
                                           .source = *source,
                                           .source_format = "buffer files",
                                           .filter = *filter,
                                           .statistics = options->statistics,
                                           .times = options->times,
                                           .meanings = options->meanings},
                                          output, inputs, *standard, options->color, STDOUT_FILENO);
    if (!options->output && (status == kDone || status == kIncomplete)) complain(kTool, "note", "wrote " + output);
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(kTool, [&] { return run(argc, argv); });
}
