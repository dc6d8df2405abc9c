// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iostream>
#include <sstream>

#include "analyzer/command/support/exit_status.hpp"
#include "formats/call_classes.hpp"

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
    KindOption{"paired,t", "paired", ReportKind::Paired, "paired report: one line a call"},
    KindOption{"raw,r", "raw", ReportKind::Raw, "raw report: one line an entry"},
    KindOption{"statistics,c", "statistics", ReportKind::Statistics, "statistics: one line a system call"},
    KindOption{"in-flight,i", "in-flight", ReportKind::InFlight, "calls in flight at the end of the recording"},
};

std::string format_names() {
    std::string names;
    for (const FormatInfo& format : kFormats) names.append(names.empty() ? "" : ", ").append(format.name);
    return names;
}

std::string class_names() {
    std::string names;
    for (const CallClass& one : call_classes()) names.append(names.empty() ? "" : ", ").append(one.name);
    return names;
}

template <typename T>
std::optional<T> parse_number(const std::string& text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Options that may be given again, and take several values with commas between.
std::vector<std::string> each_value(const po::variables_map& values, const char* name) {
    std::vector<std::string> all;
    if (values.count(name) == 0) return all;
    for (const std::string& list : values[name].as<std::vector<std::string>>()) {
        std::istringstream parts(list + ',');  // so that an empty value is one, and an error
        for (std::string part; std::getline(parts, part, ',');) all.push_back(part);
    }
    return all;
}

Error bad_value(char letter, const std::string& text, const char* expected) {
    return {ErrorCode::Usage, fmt::format("-{} {}: expected {}", letter, text, expected)};
}

/// How an option of filters is given. Letters are few: one that a command has otherwise is
/// not a filter's there, and kstrax-filter has those of its manual.
struct FilterOption {
    const char* name;
    char letters[3];    // in kstrax-dump, kstrax, kstrax-filter; kNoLetter, kNotOffered
    const char* value;  // null: a switch
    const char* help;   // "%" stands for the classes of calls
};
constexpr char kNoLetter = ' ';
constexpr char kNotOffered = '-';

constexpr std::array kFilterOptions{
    FilterOption{"pid", {'p', 'p', 'p'}, "PID", "only this thread, or all threads of this process (text reports have threads only)"},
    FilterOption{"call", {'e', 'e', 'e'}, "CALL", "only these system calls: names, or classes: %"},
    FilterOption{"where", {'x', 'x', 'x'}, "EXPRESSION",
                 "only what this is true of, as 'pid==12 && call in FILE && duration>10ms && path~\"/etc/*\"'"},
    FilterOption{"success", {kNoLetter, kNoLetter, 'r'}, nullptr, "only calls that succeeded"},
    FilterOption{"error", {kNoLetter, kNoLetter, kNoLetter}, "ERROR", "only calls that failed with this error; error: with any"},
    FilterOption{"at", {kNoLetter, kNoLetter, 't'}, "TIME", "only calls issued then; 03:21 is a minute, 03:2 the ten minutes from 03:20 on, 03:21:29.5 a tenth of a second"},
    FilterOption{"from", {kNoLetter, kNoLetter, kNoLetter}, "TIME", "only calls issued from then on"},
    FilterOption{"until", {kNoLetter, kNoLetter, kNoLetter}, "TIME", "only calls issued up to then"},
    FilterOption{"files", {'f', 'f', 'f'}, nullptr, "only files that were opened, with --error those that were not; text shows the names alone"},
    FilterOption{"cpu", {'C', 'C', kNotOffered}, "CPU", "only calls entered on this CPU"},
    FilterOption{"last", {'l', 'l', kNotOffered}, "N", "only the last N of each CPU; with -p, of each PID"},
    FilterOption{"seconds", {'s', kNoLetter, kNotOffered}, "SECONDS",
                 "only what was under way in the last SECONDS before the panic, or the recording's end"},
};

/// An option that stands for a condition.
struct ConditionOption {
    const char* name;
    const char* field;
    Comparison comparison;
    const char* words;
};
constexpr std::array kConditionOptions{
    ConditionOption{"error", "error", Comparison::Equal, "error"},
    ConditionOption{"at", "time", Comparison::Equal, "at"},
    ConditionOption{"from", "time", Comparison::GreaterOrEqual, "from"},
    ConditionOption{"until", "time", Comparison::LessOrEqual, "until"},
};

/// The value of --error that stands for each of them (manual, table 5-19).
constexpr std::string_view kAnyError = "error";

Result<void> add_expressions(const po::variables_map& values, std::vector<Condition>& conditions) {
    if (values.count("where") == 0) return {};
    for (const std::string& text : values["where"].as<std::vector<std::string>>()) {
        auto expression = Expression::parse(text);
        if (!expression) {
            Error error = expression.error();
            const std::size_t column = error.quote ? error.quote->at + 1 : 1;
            return Error{error.code, fmt::format("-x, column {}: {}", column, error.message), std::nullopt, error.quote};
        }
        conditions.push_back({text, std::move(*expression)});
    }
    return {};
}

Result<void> add_short_filters(const po::variables_map& values, Filter& filter) {
    if (values["success"].as<bool>())
        filter.conditions.push_back({"successful calls", Expression::both(Expression::exists("ret"),
                                                                          Expression::exists("error").negated())});
    for (const ConditionOption& option : kConditionOptions) {
        const auto given = each_value(values, option.name);
        if (given.empty()) continue;
        if (std::string_view(option.name) == "error" && std::ranges::find(given, kAnyError) != given.end()) {
            filter.conditions.push_back({"failed calls", Expression::exists("error")});
            continue;
        }
        auto expression = Expression::compare(option.field, option.comparison, given);
        if (!expression) return expression.error().in(fmt::format("--{}", option.name));
        filter.conditions.push_back({fmt::format("{} {}", option.words, fmt::join(given, ", ")), std::move(*expression)});
    }
    if (values.count("histogram") > 0) {
        const auto& call = values["histogram"].as<std::string>();
        auto expression = Expression::compare("call", Comparison::Equal, {&call, 1});
        if (!expression) return expression.error().in("--histogram");
        filter.conditions.push_back({call, std::move(*expression)});
    }
    // Not every program that filters shows times.
    filter.local_times = values.count("local") > 0 && values["local"].as<bool>();
    filter.names_only = values["files"].as<bool>();
    filter.opened = filter.names_only && values.count("error") == 0;
    if (filter.names_only && !filter.opened) filter.conditions.push_back({"calls with a file name", Expression::exists("path")});
    return {};
}

}  // namespace

void add_filter_options(po::options_description& description, Program program, std::span<const OtherMeaning> others) {
    for (const FilterOption& option : kFilterOptions) {
        const char letter = option.letters[static_cast<std::size_t>(program)];
        if (letter == kNotOffered) continue;
        std::string name = option.name;
        if (letter != kNoLetter) name.append(",").push_back(letter);
        std::string help = option.help;
        if (const auto at = help.find('%'); at != help.npos) help.replace(at, 1, class_names());
        for (const OtherMeaning& other : others)
            if (std::string_view(option.name) == other.option) help = fmt::format("{}; in a report: {}", other.help, help);
        if (option.value == nullptr) description.add_options()(name.c_str(), po::bool_switch(), help.c_str());
        else
            description.add_options()(name.c_str(), po::value<std::vector<std::string>>()->value_name(option.value), help.c_str());
    }
}

std::optional<std::string> given_filter(const po::variables_map& values, std::span<const OtherMeaning> others) {
    for (const FilterOption& option : kFilterOptions) {
        const bool other = std::ranges::any_of(others, [&](const OtherMeaning& one) { return one.option == option.name; });
        if (!other && values.count(option.name) > 0 && !values[option.name].defaulted()) return option.name;
    }
    return std::nullopt;
}

std::optional<Tid> parse_pid(const std::string& text) { return parse_number<Tid>(text); }

Result<Filter> filter_options(const po::variables_map& values, const TaskParser& parse_task) {
    Filter filter;
    for (const std::string& text : each_value(values, "cpu")) {
        const auto cpu = parse_number<CpuId>(text);
        if (!cpu) return bad_value('C', text, "a CPU number");
        filter.cpus.push_back(*cpu);
    }
    for (const std::string& text : each_value(values, "pid")) {
        const auto task = parse_task(text);
        if (!task) return bad_value('p', text, "the number of a thread or process");
        filter.tasks.push_back(*task);
    }
    filter.calls = each_value(values, "call");
    for (const std::string& text : each_value(values, "last")) {
        filter.last = parse_number<std::uint64_t>(text);
        if (!filter.last) return bad_value('l', text, "a number of calls");
    }
    for (const std::string& text : each_value(values, "seconds")) {
        constexpr double kMost = 1e9;  // so that nanoseconds fit 64 bits
        const auto seconds = parse_number<double>(text);
        if (!seconds || !(*seconds >= 0 && *seconds <= kMost)) return bad_value('s', text, "seconds, as 0.25");
        filter.window = static_cast<Nanos>(std::llround(*seconds * 1e9));
    }
    if (const auto added = add_expressions(values, filter.conditions); !added) return added.error();
    if (const auto added = add_short_filters(values, filter); !added) return added.error();
    return filter;
}

namespace {

void add_statistics_options(po::options_description& description) {
    const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
    description.add_options()
        ("by", value("WHAT"), "with -c: one line a pid, errno or cpu")
        ("sort", value("COLUMN"), "with -c: by calls, total, avg, p99 and so on, the greatest first; or by nr or name")
        ("percentiles", po::bool_switch(), "with -c: p50, p90, p99 and p99.9 of the times, each within 0.8 %")
        ("histogram", value("CALL"), "with -c: how often this call, or class of calls, took how long");
}

Result<StatisticsRequest> statistics_options(const po::variables_map& values, std::optional<ReportKind> kind) {
    StatisticsRequest request;
    request.percentiles = values["percentiles"].as<bool>();
    if (values.count("sort") > 0) request.sort = values["sort"].as<std::string>();
    if (values.count("histogram") > 0) request.histogram = values["histogram"].as<std::string>();
    if (values.count("by") > 0) {
        const auto& name = values["by"].as<std::string>();
        const auto* found = std::ranges::find(kGroupings, name, &GroupingInfo::name);
        if (found == kGroupings.end())
            return Error{ErrorCode::Usage, fmt::format("--by {}: choose one of call, pid, errno, cpu", name)};
        request.grouping = found->grouping;
    }
    if (!request.is_plain() && kind != ReportKind::Statistics)
        return Error{ErrorCode::Usage, "--percentiles, --by, --sort and --histogram go with -c"};
    if (!request.histogram.empty() && (request.percentiles || !request.sort.empty() || request.grouping != Grouping::Call))
        return Error{ErrorCode::Usage, "--histogram goes without --percentiles, --by and --sort"};
    return request;
}

}  // namespace

void add_zone_options(po::options_description& description) {
    description.add_options()
        ("utc", po::bool_switch(), "wall times, also those of filters, are UTC; that is so without it")
        ("local", po::bool_switch(), "wall times, also those of filters, are of this machine's time zone, or TZ");
}

Result<TimeStyle> zone_option(const po::variables_map& values) {
    TimeStyle style;
    style.local = values["local"].as<bool>();
    if (style.local && values["utc"].as<bool>()) return Error{ErrorCode::Usage, "--utc or --local: not both"};
    return style;
}

namespace {

std::string time_form_names() {
    std::string names;
    for (const TimeFormInfo& form : kTimeForms) names.append(names.empty() ? "" : ", ").append(form.name);
    return names;
}

void add_time_options(po::options_description& description) {
    const std::string form_help = "times in text, by which clock: " + time_form_names();
    description.add_options()("time", po::value<std::string>()->value_name("CLOCK"), form_help.c_str());
    add_zone_options(description);
    description.add_options()("precision", po::value<std::string>()->value_name("DIGITS"), "times in text have so many digits behind the point, 1 to 9; 9 without it");
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

void add_common_options(po::options_description& description, const char* version_help) {
    for (const KindOption& option : kKindOptions) description.add_options()(option.name, po::bool_switch(), option.help);
    add_statistics_options(description);
    add_time_options(description);
    description.add_options()("names,y", po::bool_switch(), "text shows arguments by name, as strace does: O_RDONLY, SIGTERM, 0644");
    add_color_option(description);
    const std::string format_help = "how to print it: " + format_names();
    description.add_options()("format", po::value<std::string>()->value_name("FORMAT"), format_help.c_str());
    description.add_options()("output,o", po::value<std::string>()->value_name("FILE"), "write to FILE; - is standard output");
    description.add_options()("help,h", po::bool_switch(), "print this and end");
    description.add_options()("version,v", po::bool_switch(), version_help);
}

namespace {

std::string color_mode_names() {
    std::string names;
    for (const ColorModeInfo& mode : kColorModes) names.append(names.empty() ? "" : ", ").append(mode.name);
    return names;
}

}  // namespace

void add_color_option(po::options_description& description) {
    const std::string help = "text in colours; auto is on a terminal, unless NO_COLOR is set: " + color_mode_names();
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

Result<po::variables_map> parse_options(int argc, char** argv, const po::options_description& description) {
    po::options_description all;
    all.add(description).add_options()("source", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("source", -1);
    namespace style = po::command_line_style;
    try {
        po::variables_map values;
        po::store(po::command_line_parser(argc, argv)
                      .options(all)
                      .positional(positional)
                      .style(style::unix_style & ~style::allow_guessing)
                      .run(),
                  values);
        po::notify(values);
        return values;
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
    if (values.count("source") == 0) return {};
    return values["source"].as<std::vector<std::string>>();
}

Result<CommonOptions> common_options(const po::variables_map& values) {
    CommonOptions options;
    options.help = values["help"].as<bool>();
    options.version = values["version"].as<bool>();
    for (const KindOption& option : kKindOptions) {
        if (!values[option.letter].as<bool>()) continue;
        if (options.kind) return Error{ErrorCode::Usage, "more than one report asked for; choose one of -t, -r, -c, -i"};
        options.kind = option.kind;
    }
    if (values.count("format") > 0) {
        const auto& name = values["format"].as<std::string>();
        bool known = false;
        for (const FormatInfo& format : kFormats) {
            if (format.name != name) continue;
            options.format = format.format;
            known = true;
        }
        if (!known)
            return Error{ErrorCode::Usage, fmt::format("no format '{}'; choose one of {}", name, format_names())};
    }
    if (values.count("output") > 0) options.output = values["output"].as<std::string>();
    auto statistics = statistics_options(values, options.kind);
    if (!statistics) return statistics.error();
    options.statistics = std::move(*statistics);
    const auto times = time_options(values);
    if (!times) return times.error();
    options.times = *times;
    options.meanings = values["names"].as<bool>();
    const auto color = color_option(values);
    if (!color) return color.error();
    options.color = *color;
    options.sources = sources_of(values);
    return options;
}

std::string help_table(const po::options_description& description) {
    std::ostringstream text;
    text << description;
    return text.str();
}

void print_help(std::string_view usage, const po::options_description& description) {
    std::cout << usage << '\n' << help_table(description);
}

void print_version(std::string_view tool) { fmt::print("{} {}\n", tool, KSTRAX_VERSION); }

}  // namespace kstrax
