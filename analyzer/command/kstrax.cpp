// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax: the running recorder, and reports from buffer files.
#include <fmt/format.h>

#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/files_command.hpp"
#include "analyzer/command/support/live_command.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/files/buffer_files.hpp"
#include "analyzer/files/buffer_name.hpp"
#include "analyzer/memory/open/open_memory.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr std::string_view kTool = "kstrax";
constexpr std::string_view kUsageText =
    "Usage: kstrax -b [-s SIZE] [-k] [-T SEC] [-o NAME]\n"
    "       kstrax -R [-s SIZE] [-o NAME]\n"
    "       kstrax [-e TYPE]… [-p PID] [-S]\n"
    "       kstrax -t|-r|-c|-i NAME… [OPTIONS]\n"
    "       kstrax NAME [OPTIONS]\n"
    "Copies what the kernel records to files, says what it records, and makes reports\n"
    "from the files NAME_0, NAME_1, … (one a CPU) to NAME_txt, NAME_raw,\n"
    "NAME_stat or NAME_flight; -o names another file. NAME alone: a summary.\n";

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

/// The name of no buffer files may be that of an image.
ExitStatus fail_for_image(const std::string& name) {
    const auto image = open_memory(std::span(&name, 1));
    if (!image)
        return fail(kTool, {ErrorCode::NotFound, fmt::format("{0}: no buffer files {0}_0, {0}_1, …: not made by "
                                                             "kstrax -b -o {0}, or in another folder",
                                                             name)});
    return fail(kTool,
                {ErrorCode::Usage, fmt::format("{}: is no buffer files' name, but {}: kstrax-dump reads it, with the "
                                               "same options",
                                               name, image->memory->format())});
}

ExitStatus report(const WantedReport& wanted, const CommonOptions& options, const Filter& filter) {
    const std::string& name = wanted.source;
    const auto set = buffer_set_of(name);
    if (!set && buffer_file_numbers(name).empty()) return fail_for_image(name);
    const std::string output = options.output.value_or(default_output(set.value_or(name), wanted.kind));
    const ExitStatus status = report_files(kTool, name, wanted.kind, options, filter, output);
    if (output != "-" && !options.output && (status == kDone || status == kIncomplete))
        complain(kTool, "note", "wrote " + output);
    return status;
}

ExitStatus report_each(const CommonOptions& options, const Filter& filter) {
    std::vector<WantedReport> reports = options.reports;
    std::vector<std::string> spare = options.spare;
    if (reports.empty() && !spare.empty()) {
        reports.push_back({ReportKind::Summary, spare.front()});
        spare.erase(spare.begin());
    }
    if (!spare.empty())
        return fail(
            kTool, {ErrorCode::Usage, fmt::format("one name behind each report; '{}' is one too many", spare.front())});
    if (reports.empty() || reports.front().source.empty())
        return fail(kTool, {ErrorCode::Usage, "no buffer files named: kstrax [-t|-r|-c|-i] NAME (-h for help)"});
    ExitStatus status = kDone;
    for (const WantedReport& wanted : reports) {
        status = std::max(status, report(wanted, options, filter));
        if (status == kFailed || status == kUsage) break;
    }
    return status;
}

ExitStatus run(int argc, char** argv) {
    po::options_description description("Options");
    add_live_options(description);
    add_common_options(description);
    std::vector<std::string> words = with_names_apart(
        argc, argv, description, [](const std::string& name) { return buffer_set_of(name).has_value(); });
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    const auto values = parse_options(static_cast<int>(pointers.size()), pointers.data(), description);
    if (!values) return fail(kTool, values.error());
    if (const auto answered = answer_help(kTool, kUsageText, *values, description)) return *answered;
    const auto options = common_options(*values);
    if (!options) return fail(kTool, options.error());
    if (options->version) return print_version(kTool);
    if (wants_live(*values, !options->reports.empty() || !options->sources.empty()))
        return run_live(kTool, *values, *options);
    const auto filter = filter_options(*values);
    if (!filter) return fail(kTool, filter.error());
    return report_each(*options, *filter);
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(kTool, [&] { return run(argc, argv); });
}
