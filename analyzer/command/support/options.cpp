// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/parse_number.hpp"
#include "analyzer/base/suggest.hpp"
#include "analyzer/sinks/csv_forms.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

struct KindOption {
    const char* name;    // as boost wants it: long,short
    const char* letter;  // as it is stored and shown
    ReportKind kind;
    const char* help;
};

constexpr std::array kKindOptions{
    KindOption{"paired,t", "paired", ReportKind::Paired, "paired report: one line for each call"},
    KindOption{"raw,r", "raw", ReportKind::Raw, "raw report: one line for each record"},
    KindOption{"statistics,c", "statistics", ReportKind::Statistics, "statistics: one line for each system call"},
    KindOption{"in-flight,i", "in-flight", ReportKind::InFlight,
               "calls in flight at the end; of memory with -v each with its task's files, lock and stack"},
    KindOption{"tree", "tree", ReportKind::Tree,
               "functions, interrupts and work of the kernel as a tree, with durations, and what else was traced"},
};

std::string format_names() { return list_of(sinks(), &SinkInfo::name); }
std::string csv_form_names() { return list_of(csv_forms(), &CsvForm::name); }

/// --csv: another form of CSV's cells.
Result<const SinkInfo*> csv_option(const po::variables_map& values, const SinkInfo* sink) {
    if (values.count("csv") == 0) return sink;
    const auto& name = values["csv"].as<std::string>();
    const auto found = std::ranges::find(csv_forms(), name, &CsvForm::name);
    if (found == csv_forms().end())
        return Error{ErrorCode::Usage, fmt::format("--csv {}: choose one of {}", name, csv_form_names())};
    if (sink->name != found->sink->name) return Error{ErrorCode::Usage, "--csv goes with --format=csv"};
    return found->sink;
}

}  // namespace

namespace {

void add_statistics_options(po::options_description& description) {
    const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
    description.add_options()("by", value("WHAT"),
                              "with -c: one line for each pid, errno or cpu; of a trace, for each event, or each span "
                              "(function, interrupt, work)")(
        "sort", value("FIELD"),
        "with -t and -i: sort calls by duration, start, pid, name and so on; with -c: by calls, total, avg, p99 and so "
        "on, or nr or name. What is measured stands with the greatest first. With -t or -i and -l N: the first N")(
        "percentiles", po::bool_switch(), "with -c: p50, p90, p99 and p99.9 of the times, each within 0.8 %")(
        "histogram", value("CALL"),
        "with -c: how long this call, or class of calls, took: one line for each power of two");
}

Result<StatisticsRequest> statistics_options(const po::variables_map& values, std::span<const WantedReport> reports) {
    StatisticsRequest request;
    request.percentiles = values["percentiles"].as<bool>();
    if (values.count("histogram") > 0) request.histogram = values["histogram"].as<std::string>();
    if (values.count("by") > 0) {
        const auto& name = values["by"].as<std::string>();
        const auto* found = std::ranges::find(kGroupings, name, &GroupingInfo::name);
        if (found == kGroupings.end())
            return Error{ErrorCode::Usage,
                         fmt::format("--by {}: choose one of {}", name, list_of(kGroupings, &GroupingInfo::name))};
        request.grouping = found->grouping;
    }
    if (!request.is_plain() && std::ranges::find(reports, ReportKind::Statistics, &WantedReport::kind) == reports.end())
        return Error{ErrorCode::Usage, "--percentiles, --by and --histogram go with -c"};
    if (request.percentiles && counts_events(request.grouping))
        return Error{ErrorCode::Usage, "--percentiles: does not go with --by=event and --by=span"};
    if (!request.histogram.empty() &&
        (request.percentiles || values.count("sort") > 0 || request.grouping != Grouping::Call))
        return Error{ErrorCode::Usage, "--histogram goes without --percentiles, --by and --sort"};
    return request;
}

}  // namespace

void add_zone_options(po::options_description& description) {
    description.add_options()("utc", po::bool_switch(), "wall times, also in filters, are UTC (the default)")(
        "local", po::bool_switch(), "wall times, also in filters, are in this machine's time zone, or in TZ");
}

Result<TimeStyle> zone_option(const po::variables_map& values) {
    TimeStyle style;
    style.local = values["local"].as<bool>();
    if (style.local && values["utc"].as<bool>()) return Error{ErrorCode::Usage, "--utc or --local: not both"};
    return style;
}

namespace {

std::string time_form_names() { return list_of(kTimeForms, &TimeFormInfo::name); }

void add_time_options(po::options_description& description) {
    const std::string form_help = "the clock of the times in text: " + time_form_names();
    description.add_options()("time", po::value<std::string>()->value_name("CLOCK"), form_help.c_str());
    add_zone_options(description);
    description.add_options()("precision", po::value<std::string>()->value_name("DIGITS"),
                              "digits behind the point of times in text, 1 to 9 (default 9)");
}

Result<TimeStyle> time_options(const po::variables_map& values) {
    auto zone = zone_option(values);
    if (!zone) return zone.error();
    TimeStyle style = *zone;
    if (values.count("time") > 0) {
        const auto& name = values["time"].as<std::string>();
        const auto* found = std::ranges::find(kTimeForms, name, &TimeFormInfo::name);
        if (found == kTimeForms.end())
            return Error{ErrorCode::Usage, fmt::format("--time {}: choose one of {}", name, time_form_names())};
        style.form = found->form;
    }
    if (values.count("precision") > 0) {
        const auto& text = values["precision"].as<std::string>();
        const auto digits = parse_number<unsigned>(text);
        if (!digits || *digits < 1 || *digits > kMostDigits)
            return Error{ErrorCode::Usage, fmt::format("--precision {}: expected 1 to {} digits", text, kMostDigits)};
        style.digits = *digits;
    }
    return style;
}

}  // namespace

namespace {

std::string column_set_names() { return list_of(kColumnSets, &ColumnSetInfo::name); }

void add_column_options(po::options_description& description) {
    const std::string help =
        "the columns of -t and -c in text: " + column_set_names() +
        ". full (of memory the default) has duration, CPU and task of each call, and sorts statistics; manual (of "
        "buffer files the default) has those of the recorder's manual";
    description.add_options()("columns", po::value<std::string>()->value_name("SET"), help.c_str());
}

Result<std::optional<ColumnSet>> column_options(const po::variables_map& values) {
    if (values.count("columns") == 0) return std::optional<ColumnSet>();
    const auto& name = values["columns"].as<std::string>();
    const auto* found = std::ranges::find(kColumnSets, name, &ColumnSetInfo::name);
    if (found == kColumnSets.end())
        return Error{ErrorCode::Usage, fmt::format("--columns {}: choose one of {}", name, column_set_names())};
    return std::optional(found->set);
}

}  // namespace

void add_common_options(po::options_description& description, const char* version_help) {
    // A report may be asked for again, of another source: which ones, their order says (kGiven).
    for (const KindOption& option : kKindOptions)
        description.add_options()(option.name, po::value<std::vector<std::string>>()->zero_tokens(), option.help);
    add_statistics_options(description);
    add_column_options(description);
    add_time_options(description);
    description.add_options()("names,y", po::bool_switch(),
                              "show arguments in text by name, as strace does: O_RDONLY, SIGTERM, 0644");
    add_color_option(description);
    const std::string format_help = "the form of the output: " + format_names();
    description.add_options()("format", po::value<std::string>()->value_name("FORMAT"), format_help.c_str());
    const std::string csv_help =
        "with --format=csv, how text is written: " + csv_form_names() +
        ". excel (the default) puts ' before what a spreadsheet would take as a formula; plain "
        "writes it as it is";
    description.add_options()("csv", po::value<std::string>()->value_name("FORM"), csv_help.c_str());
    description.add_options()("output,o", po::value<std::string>()->value_name("FILE"),
                              "write to FILE; - is standard output");
    description.add_options()("help,h", po::bool_switch(), "print this help and exit");
    description.add_options()("version,v", po::bool_switch(), version_help);
}

namespace {

std::string color_mode_names() { return list_of(kColorModes, &ColorModeInfo::name); }

}  // namespace

void add_color_option(po::options_description& description) {
    const std::string help = "use colours in text (auto: on a terminal, unless NO_COLOR is set): " + color_mode_names();
    description.add_options()("color", po::value<std::string>()->value_name("WHEN"), help.c_str());
}

Result<ColorMode> color_option(const po::variables_map& values) {
    if (values.count("color") == 0) return ColorMode::Auto;
    const auto& name = values["color"].as<std::string>();
    const auto* found = std::ranges::find(kColorModes, name, &ColorModeInfo::name);
    if (found == kColorModes.end())
        return Error{ErrorCode::Usage, fmt::format("--color {}: choose one of {}", name, color_mode_names())};
    set_message_color(found->mode);
    return found->mode;
}

namespace {

/// Names that no user types, of what is behind the options: sources, and all words in their order.
constexpr const char* kSource = "<source>";
constexpr const char* kGiven = "<given>";

struct GivenWord {
    std::string option;  // its long name
    std::string value;   // of kSource
};

std::string nearest_option(const std::string& wanted, const po::options_description& description) {
    Nearest nearest(wanted);
    if (wanted.starts_with("--"))
        for (const auto& option : description.options()) nearest.offer("--" + option->long_name());
    return nearest.question();
}

}  // namespace

std::vector<std::string> with_names_apart(int argc, char** argv, const po::options_description& description,
                                          const std::function<bool(const std::string&)>& is_source) {
    const auto is_switch = [&](char letter) {
        const auto* option = description.find_nothrow(std::string("-") + letter, false);
        return option != nullptr && option->semantic()->max_tokens() == 0;
    };
    std::vector<std::string> words(argv, argv + argc);
    for (std::size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
        const std::string word = words[i];
        const bool is_kind = std::ranges::any_of(kKindOptions, [&](const KindOption& kind) {
            const std::string_view name = kind.name;
            return word.size() > 2 && word[0] == '-' && name.find(',') != name.npos && word[1] == name.back();
        });
        if (!is_kind) continue;
        const std::string name = word.substr(2);
        // -te CALL, too: the last of the letters may be of an option with a value.
        if (std::ranges::all_of(name.substr(0, name.size() - 1), is_switch) &&
            description.find_nothrow(std::string("-") + name.back(), false) != nullptr && !is_source(name))
            continue;
        words[i] = word.substr(0, 2);
        words.insert(words.begin() + static_cast<std::ptrdiff_t>(++i), name);
    }
    return words;
}

Result<po::variables_map> parse_options(int argc, char** argv, const po::options_description& description) {
    po::options_description all;
    all.add(description).add_options()(kSource, po::value<std::vector<std::string>>())(kListOptions, po::bool_switch());
    po::positional_options_description positional;
    positional.add(kSource, -1);
    try {
        const auto parsed = po::command_line_parser(argc, argv)
                                .options(all)
                                .positional(positional)
                                .style(po::command_line_style::unix_style)
                                .run();
        po::variables_map values;
        po::store(parsed, values);
        po::notify(values);
        std::vector<GivenWord> given;
        for (const auto& option : parsed.options)
            given.push_back({option.string_key, option.value.empty() ? std::string() : option.value.front()});
        values.insert({kGiven, po::variable_value(boost::any(std::move(given)), false)});
        return values;
    } catch (const po::unknown_option& error) {
        return Error{ErrorCode::Usage, std::string(error.what()) +
                                           nearest_option(error.get_option_name(), description) +
                                           " (-h lists the options)"};
    } catch (const po::error& error) {
        return Error{ErrorCode::Usage, std::string(error.what()) + " (-h lists the options)"};
    }
}

Result<std::string> only_source(const std::vector<std::string>& names) {
    if (names.size() > 1)
        return Error{ErrorCode::Usage, fmt::format("one source at a time; '{}' is one too many", names[1])};
    return names.empty() ? std::string() : names[0];
}

std::vector<std::string> sources_of(const po::variables_map& values) {
    if (values.count(kSource) == 0) return {};
    return values[kSource].as<std::vector<std::string>>();
}

namespace {

/// A name is of all reports asked for since the name before; one that no name stands behind is of the last
/// one, or of the first name that no report stands before.
void name_reports(const po::variables_map& values, CommonOptions& options) {
    std::size_t unnamed = 0;
    for (const GivenWord& word : values[kGiven].as<std::vector<GivenWord>>()) {
        if (const auto* kind = std::ranges::find(kKindOptions, word.option, &KindOption::letter);
            kind != kKindOptions.end()) {
            options.reports.push_back({kind->kind, {}});
        } else if (word.option == kSource) {
            if (unnamed == options.reports.size()) options.spare.push_back(word.value);
            for (; unnamed < options.reports.size(); ++unnamed) options.reports[unnamed].source = word.value;
        }
    }
    if (unnamed == options.reports.size()) return;
    std::string name = unnamed > 0 ? options.reports[unnamed - 1].source : std::string();
    if (!options.spare.empty()) {
        name = options.spare.front();
        options.spare.erase(options.spare.begin());
    }
    for (; unnamed < options.reports.size(); ++unnamed) options.reports[unnamed].source = name;
}

}  // namespace

namespace {

bool can_be_sorted(const WantedReport& report) {
    return report.kind == ReportKind::Paired || report.kind == ReportKind::InFlight ||
           report.kind == ReportKind::Statistics;
}

}  // namespace

Result<CommonOptions> common_options(const po::variables_map& values) {
    CommonOptions options;
    options.help = values["help"].as<bool>();
    options.version = values["version"].as<bool>();
    name_reports(values, options);
    if (!options.reports.empty()) options.kind = options.reports.front().kind;
    if (values.count("format") > 0) {
        const auto& name = values["format"].as<std::string>();
        options.sink = find_sink(name);
        if (options.sink == nullptr)
            return Error{ErrorCode::Usage, fmt::format("no format '{}'; choose one of {}", name, format_names())};
    }
    const auto csv = csv_option(values, options.sink);
    if (!csv) return csv.error();
    options.sink = *csv;
    if (values.count("output") > 0) options.output = values["output"].as<std::string>();
    auto statistics = statistics_options(values, options.reports);
    if (!statistics) return statistics.error();
    options.statistics = std::move(*statistics);
    if (values.count("sort") > 0) options.sort = values["sort"].as<std::string>();
    if (!options.sort.empty() && std::ranges::none_of(options.reports, can_be_sorted))
        return Error{ErrorCode::Usage, "--sort goes with -t, -i and -c"};
    const auto times = time_options(values);
    if (!times) return times.error();
    options.times = *times;
    const auto columns = column_options(values);
    if (!columns) return columns.error();
    options.columns = *columns;
    options.meanings = values["names"].as<bool>();
    const auto color = color_option(values);
    if (!color) return color.error();
    options.color = *color;
    options.sources = sources_of(values);
    if (options.reports.size() > 1 && (options.output.value_or("-") != "-" || options.sink->rows_alone))
        return Error{ErrorCode::Usage,
                     "several reports at a time go to standard output, or to files of their own, and not as "
                     "CSV: leave out -o and --format, or choose one report"};
    return options;
}

}  // namespace kstrax
