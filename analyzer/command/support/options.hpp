// SPDX-License-Identifier: GPL-2.0-or-later
// The command line that kstrax and kstrax-dump share.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "analyzer/base/result.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/report/report.hpp"
#include "analyzer/sinks/color.hpp"

namespace kstrax {

/// A report asked for, and the source that stands behind it; empty if none does.
struct WantedReport {
    ReportKind kind;
    std::string source;
};

struct CommonOptions {
    std::optional<ReportKind> kind;         ///< the report asked for, if one was; of several, that at work
    std::vector<WantedReport> reports;      ///< all of them, in their order
    std::vector<std::string> spare;         ///< sources that stand behind no report
    const SinkInfo* sink = sinks().data();  ///< of --format
    std::optional<std::string> output;      ///< of -o; "-" is standard output
    std::vector<std::string> sources;       ///< in the order they were named
    StatisticsRequest statistics;           ///< of -c
    std::string sort;                       ///< the field that rows are sorted by; empty: none
    TimeStyle times;                        ///< of text
    std::optional<ColumnSet> columns;       ///< of text; none: those that fit the source
    bool meanings = false;                  ///< arguments by name
    ColorMode color = ColorMode::Auto;
    bool help = false;
    bool version = false;
};

/// Every command takes it, and no help lists it: answer_help() has what it prints.
inline constexpr const char* kListOptions = "list-options";
/// The value of --error that stands for each of them (manual, table 5-19).
inline constexpr std::string_view kAnyError = "error";
inline constexpr const char* kVersionHelp = "print the version and exit";

/// -t -r -c -i, --percentiles, --by, --sort, --histogram, --time, --utc, --local, --precision, -y, --color, --format, -o, -h, -v.
/// `version_help`: of -v.
void add_common_options(boost::program_options::options_description& description,
                        const char* version_help = kVersionHelp);

/// The words of a command line, with the name that is attached to a report's letter (-tNAME) as a word
/// of its own. What consists of switches (-ty) is a name only where `is_source` says so.
[[nodiscard]] std::vector<std::string> with_names_apart(int argc, char** argv,
                                                        const boost::program_options::options_description& description,
                                                        const std::function<bool(const std::string&)>& is_source);

/// Parses what `description` allows, and source names. Errors are Usage and one line.
[[nodiscard]] Result<boost::program_options::variables_map> parse_options(
    int argc, char** argv, const boost::program_options::options_description& description);

/// Those that filter: they share options, but not all letters.
enum class Program : std::uint8_t { Dump, Files, Filter };

/// What an option means where no report is asked for.
struct OtherMeaning {
    std::string_view option;
    std::string_view help;
};

/// The one source of these names; empty if there is none, Usage if there are several.
[[nodiscard]] Result<std::string> only_source(const std::vector<std::string>& names);
/// The sources that were named.
[[nodiscard]] std::vector<std::string> sources_of(const boost::program_options::variables_map& values);

/// -p, -e, -x, -f, --error and so on: what of the recording a report shows.
void add_filter_options(boost::program_options::options_description& description, Program program,
                        std::span<const OtherMeaning> others = {});

/// The name of the first filter given, save those that have another meaning.
[[nodiscard]] std::optional<std::string> given_filter(const boost::program_options::variables_map& values,
                                                      std::span<const OtherMeaning> others);

/// The thread or process that a user means by what stands behind -p; none if nothing.
using TaskParser = std::function<std::optional<Tid>(const std::string&)>;
/// Takes a process identifier.
[[nodiscard]] std::optional<Tid> parse_pid(const std::string& text);
/// Names of calls are checked later: which there are depends on the recording.
[[nodiscard]] Result<Filter> filter_options(const boost::program_options::variables_map& values,
                                            const TaskParser& parse_task = parse_pid);

/// -p, -C, -e and -x for rows that have these fields. Fails with Usage for a filter that they do not answer, which
/// `report` has then, and for a field that is not among them.
[[nodiscard]] Result<std::vector<Condition>> row_conditions(const boost::program_options::variables_map& values,
                                                            std::string_view report, std::span<const FieldInfo> fields,
                                                            const TaskParser& parse_task = parse_pid);

[[nodiscard]] Result<CommonOptions> common_options(const boost::program_options::variables_map& values);

/// --utc and --local, for commands that have none of the other common options.
void add_zone_options(boost::program_options::options_description& description);
[[nodiscard]] Result<TimeStyle> zone_option(const boost::program_options::variables_map& values);

/// --color, for commands that have none of the other common options.
void add_color_option(boost::program_options::options_description& description);
[[nodiscard]] Result<ColorMode> color_option(const boost::program_options::variables_map& values);

/// The options as a table for -h and for help pages.
[[nodiscard]] std::string help_table(const boost::program_options::options_description& description);

/// A word of a command's own, as kstrax-graph's modes.
struct CommandWord {
    std::string_view word;
    std::string_view help;
};

/// Where -h or --list-options ask for it: prints the usage and the options, or these and `words` as a
/// table for programs, and answers how that ended.
[[nodiscard]] std::optional<ExitStatus> answer_help(std::string_view tool, std::string_view usage,
                                                    const boost::program_options::variables_map& values,
                                                    const boost::program_options::options_description& description,
                                                    std::span<const CommandWord> words = {});
/// Where `fields` stands in place of a source and no report is asked for: prints the fields of reports and
/// filters, a line each, and answers how that ended.
[[nodiscard]] std::optional<ExitStatus> answer_fields(std::string_view tool, const CommonOptions& options);
[[nodiscard]] ExitStatus print_version(std::string_view tool);

}  // namespace kstrax
