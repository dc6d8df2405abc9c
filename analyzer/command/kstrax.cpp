// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax: the running recorder, and reports from buffer files.
#include <fmt/core.h>

#include <map>
#include <utility>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/actions/live_command.hpp"
#include "analyzer/command/actions/session_report.hpp"
#include "analyzer/command/support/confine.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/find_options.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/command/support/program.hpp"
#include "analyzer/importers/kstrax_files/buffer_name.hpp"

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
    "       kstrax fields\n"
    "Copies the kernel's records to files, chooses the calls to record, and makes reports\n"
    "from the files NAME_0, NAME_1, … (one for each CPU), or from a memory image NAME, to\n"
    "NAME_txt, NAME_raw, NAME_stat or NAME_flight; -o names another file. NAME alone\n"
    "prints a summary; fields prints the fields of reports and filters.\n";

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

/// What the names of all reports mean, each opened once: later, nothing can be opened.
class Sessions {
  public:
    Sessions(const std::vector<WantedReport>& reports, const FindOptions& find) {
        for (const WantedReport& report : reports)
            if (!all_.contains(report.source)) all_.emplace(report.source, open(report.source, find));
    }
    /// Reads it when it is first asked for.
    [[nodiscard]] Result<Session*> of(const std::string& name) {
        Opened& opened = all_.at(name);
        if (!opened.session) return opened.session.error();
        Session& session = **opened.session;
        if (!std::exchange(opened.read, true))
            if (const auto read = session.read(); !read) return read.error();
        return &session;
    }
    [[nodiscard]] SandboxNeeds needs(const std::vector<WantedReport>& reports, const CommonOptions& options) const {
        SandboxNeeds needs;
        for (const WantedReport& report : reports) {
            const Opened& opened = all_.at(report.source);
            if (!opened.session) continue;
            const std::string output = options.output.value_or(default_output((*opened.session)->name(), report.kind));
            if (output != "-") needs.output_folders.push_back(OutputFile::folder_of(output));
            needs.readers = needs.readers || (*opened.session)->starts_readers();
        }
        return needs;
    }

  private:
    struct Opened {
        Result<std::unique_ptr<Session>> session;
        bool read = false;
    };
    static Opened open(const std::string& name, const FindOptions& find) {
        return {Session::open_files(
            {.names = {name}, .find = find, .buffer_files_first = true, .tell = [](const std::string& note) {
                 complain(kTool, "note", note);
             }})};
    }
    std::map<std::string, Opened> all_;
};

ExitStatus report(const WantedReport& wanted, Sessions& sessions, const CommonOptions& options, const Filter& filter) {
    const auto session = sessions.of(wanted.source);
    if (!session) return fail(kTool, session.error());
    const auto opened = (*session)->open_recording();
    if (!opened) return fail(kTool, opened.error());
    const std::string output = options.output.value_or(default_output((*session)->name(), wanted.kind));
    const auto standard = OutputFile::standard_output();
    const ExitStatus status =
        report_session(kTool, **session, *opened, {wanted.kind, options, filter, output}, *standard);
    if (output != "-" && !options.output && (status == kDone || status == kIncomplete))
        complain(kTool, "note", "wrote " + output);
    return status;
}

ExitStatus report_each(const po::variables_map& values, const CommonOptions& options, const FindOptions& find,
                       const Filter& filter) {
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
    Sessions sessions(reports, find);
    confine(kTool, values, sessions.needs(reports, options));
    ExitStatus status = kDone;
    for (const WantedReport& wanted : reports) {
        status = std::max(status, report(wanted, sessions, options, filter));
        if (status == kFailed || status == kUsage) break;
    }
    return status;
}

ExitStatus run(int argc, char** argv) {
    po::options_description description("Options");
    add_live_options(description);
    add_common_options(description);
    add_find_options(description);
    add_sandbox_option(description);
    std::vector<std::string> words = with_names_apart(
        argc, argv, description, [](const std::string& name) { return buffer_set_of(name).has_value(); });
    std::vector<char*> pointers;
    pointers.reserve(words.size());
    for (std::string& word : words) pointers.push_back(word.data());
    const auto values = parse_options(static_cast<int>(pointers.size()), pointers.data(), description);
    if (!values) return fail(kTool, values.error());
    if (const auto answered = answer_help(kTool, kUsageText, *values, description)) return *answered;
    const auto options = common_options(*values);
    if (!options) return fail(kTool, options.error());
    if (const auto answered = answer_fields(kTool, *options)) return *answered;
    if (options->version) return print_version(kTool);
    if (wants_live(*values, !options->reports.empty() || !options->sources.empty()))
        return run_live(kTool, *values, *options);
    const auto filter = filter_options(*values);
    if (!filter) return fail(kTool, filter.error());
    const auto find = find_options(*values);
    if (!find) return fail(kTool, find.error());
    return report_each(*values, *options, *find, *filter);
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(kTool, [&] { return run(argc, argv); });
}
