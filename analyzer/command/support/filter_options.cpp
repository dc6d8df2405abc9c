// SPDX-License-Identifier: GPL-2.0-or-later
// The options that choose calls.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/parse_number.hpp"
#include "analyzer/command/support/options.hpp"
#include "formats/call_classes.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

std::string class_names() { return list_of(call_classes(), &CallClass::name); }

/// Options that may be given again, and take several values with commas between.
std::vector<std::string> each_value(const po::variables_map& values, const char* name) {
    std::vector<std::string> all;
    if (values.count(name) == 0) return all;
    for (const std::string& list : values[name].as<std::vector<std::string>>())
        for (const std::string_view part : split_at_commas(list)) all.emplace_back(part);
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
    FilterOption{"pid",
                 {'p', 'p', 'p'},
                 "PID",
                 "only this thread, or all threads of this process (text reports have threads only)"},
    FilterOption{"call", {'e', 'e', 'e'}, "CALL", "only these system calls: names, or classes: %"},
    FilterOption{
        "where",
        {'x', 'x', 'x'},
        "EXPRESSION",
        "only calls for which this is true, for example 'pid==12 && call in FILE && duration>10ms && path~\"/etc/*\"'"},
    FilterOption{"success", {kNoLetter, kNoLetter, 'r'}, nullptr, "only calls that succeeded"},
    FilterOption{"error",
                 {kNoLetter, kNoLetter, kNoLetter},
                 "ERROR",
                 "only calls that failed with this error; error: with any error"},
    FilterOption{"at",
                 {kNoLetter, kNoLetter, 't'},
                 "TIME",
                 "only calls issued at this time: 03:21 means a minute, 03:2 the ten minutes from 03:20 on, 03:21:29.5 "
                 "a tenth of a second"},
    FilterOption{"from",
                 {kNoLetter, kNoLetter, kNoLetter},
                 "TIME",
                 "only calls issued from this time on; also with a date (2026-11-22 03:21), or -5s before the end"},
    FilterOption{"until",
                 {kNoLetter, kNoLetter, kNoLetter},
                 "TIME",
                 "only calls issued up to this time, in the forms of --from"},
    FilterOption{"files",
                 {'f', 'f', 'f'},
                 nullptr,
                 "only files that were opened, or with --error, files that were not; text shows the names alone"},
    FilterOption{"cpu", {'C', 'C', kNotOffered}, "CPU", "only calls entered on this CPU"},
    FilterOption{"last", {'l', 'l', kNotOffered}, "N", "only the last N of each CPU; with -p, of each PID"},
    FilterOption{
        "seconds",
        {'s', kNoLetter, kNotOffered},
        "SECONDS",
        "only calls under way in the last SECONDS (0.25, or 250ms) before the panic, or before the recording's end"},
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

Result<void> add_expressions(const po::variables_map& values, std::vector<Condition>& conditions,
                             std::span<const FieldInfo> fields = field_infos()) {
    if (values.count("where") == 0) return {};
    for (const std::string& text : values["where"].as<std::vector<std::string>>()) {
        auto expression = Expression::parse(text, fields);
        if (!expression) {
            Error error = expression.error();
            const std::size_t column = error.quote ? error.quote->at + 1 : 1;
            return Error{error.code, fmt::format("-x, column {}: {}", column, error.message), std::nullopt,
                         error.quote};
        }
        conditions.push_back({text, std::move(*expression)});
    }
    return {};
}

/// Takes a value that only a recording can place; false if it is another.
Result<bool> add_moment(const ConditionOption& option, std::span<const std::string> given, Filter& filter) {
    if (std::string_view(option.field) != "time") return false;
    for (const std::string& text : given) {
        auto when = parse_when(text);
        if (!when) continue;
        if (given.size() > 1)
            return Error{
                ErrorCode::Usage,
                fmt::format("--{}: one moment at a time, where one has a date or counts from the end", option.name)};
        if (when->before_end && option.comparison == Comparison::Equal)
            return Error{ErrorCode::Usage,
                         fmt::format("--{} {}: what counts from the end is a --from or an --until", option.name, text)};
        when->comparison = option.comparison;
        when->words = fmt::format("{} {}", option.words, text);
        filter.moments.push_back(std::move(*when));
        return true;
    }
    return false;
}

Result<void> add_short_filters(const po::variables_map& values, Filter& filter) {
    if (values["success"].as<bool>())
        filter.conditions.push_back(
            {"successful calls", Expression::both(Expression::exists("ret"), Expression::exists("error").negated())});
    for (const ConditionOption& option : kConditionOptions) {
        const auto given = each_value(values, option.name);
        if (given.empty()) continue;
        if (std::string_view(option.name) == "error" && std::ranges::find(given, kAnyError) != given.end()) {
            filter.conditions.push_back({"failed calls", Expression::exists("error")});
            continue;
        }
        const auto moment = add_moment(option, given, filter);
        if (!moment) return moment.error();
        if (*moment) continue;
        auto expression = Expression::compare(option.field, option.comparison, given);
        if (!expression) return expression.error().in(fmt::format("--{}", option.name));
        filter.conditions.push_back({fmt::format("{} {}", option.words, fmt::join(given, ", ")), std::move(*expression),
                                     option.field == std::string_view("time")});
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
    if (filter.names_only && !filter.opened)
        filter.conditions.push_back({"calls with a file name", Expression::exists("path")});
    return {};
}

/// A short filter that rows answer by a field, or by either of two.
struct FieldFilter {
    const char* option;
    std::array<std::string_view, 2> fields;
    const char* words;
};
constexpr std::array kFieldFilters{
    FieldFilter{"pid", {"pid", "tgid"}, "PID"},
    FieldFilter{"cpu", {"cpu", ""}, "CPU"},
    FieldFilter{"call", {"call", ""}, "call"},
};

/// The numbers of tasks as such.
Result<std::vector<std::string>> as_pids(std::span<const std::string> given, const TaskParser& parse_task) {
    std::vector<std::string> pids;
    for (const std::string& text : given) {
        const auto pid = parse_task(text);
        if (!pid) return bad_value('p', text, "the number of a thread or process");
        pids.push_back(std::to_string(*pid));
    }
    return pids;
}

Result<Expression> one_of(const FieldFilter& filter, std::span<const std::string> given,
                          std::span<const FieldInfo> fields) {
    auto first = Expression::compare(filter.fields[0], Comparison::Equal, given, fields);
    if (!first || find_field(fields, filter.fields[1]) == nullptr) return first;
    auto second = Expression::compare(filter.fields[1], Comparison::Equal, given, fields);
    if (!second) return second;
    return Expression::either(std::move(*first), std::move(*second));
}

}  // namespace

Result<std::vector<Condition>> row_conditions(const po::variables_map& values, std::string_view report,
                                              std::span<const FieldInfo> fields, const TaskParser& parse_task) {
    constexpr std::array<OtherMeaning, 4> kAnswered{{{"pid", ""}, {"cpu", ""}, {"call", ""}, {"where", ""}}};
    const auto refused = [&](std::string_view option) {
        std::vector<std::string_view> names;
        for (const FieldInfo& field : fields) names.push_back(field.name);
        return Error{ErrorCode::Usage, fmt::format("--{}: --{} has nothing to choose by there; -x has: {}", report,
                                                   option, fmt::join(names, ", "))};
    };
    if (const auto other = given_filter(values, kAnswered)) return refused(*other);
    std::vector<Condition> conditions;
    for (const FieldFilter& filter : kFieldFilters) {
        auto given = each_value(values, filter.option);
        if (given.empty()) continue;
        if (find_field(fields, filter.fields[0]) == nullptr) return refused(filter.option);
        std::string words = fmt::format("{} {}", filter.words, fmt::join(given, ", "));
        if (std::string_view(filter.option) == "pid") {
            auto pids = as_pids(given, parse_task);
            if (!pids) return pids.error();
            given = std::move(*pids);
        }
        auto expression = one_of(filter, given, fields);
        if (!expression) return expression.error().in(fmt::format("--{}", filter.option));
        conditions.push_back({std::move(words), std::move(*expression)});
    }
    if (const auto added = add_expressions(values, conditions, fields); !added) return added.error();
    return conditions;
}

void add_filter_options(po::options_description& description, Program program, std::span<const OtherMeaning> others) {
    for (const FilterOption& option : kFilterOptions) {
        const char letter = option.letters[static_cast<std::size_t>(program)];
        if (letter == kNotOffered) continue;
        std::string name = option.name;
        if (letter != kNoLetter) name.append(",").push_back(letter);
        std::string help = option.help;
        if (const auto at = help.find('%'); at != help.npos) help.replace(at, 1, class_names());
        for (const OtherMeaning& other : others)
            if (std::string_view(option.name) == other.option)
                help = fmt::format("{}; in a report: {}", other.help, help);
        if (option.value == nullptr) description.add_options()(name.c_str(), po::bool_switch(), help.c_str());
        else
            description.add_options()(name.c_str(), po::value<std::vector<std::string>>()->value_name(option.value),
                                      help.c_str());
    }
}

std::optional<std::string> given_filter(const po::variables_map& values, std::span<const OtherMeaning> others) {
    for (const FilterOption& option : kFilterOptions) {
        const bool other =
            std::ranges::any_of(others, [&](const OtherMeaning& one) { return one.option == option.name; });
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
        if (const auto duration = parse_duration(text)) {
            filter.window = static_cast<Nanos>(*duration);
            continue;
        }
        const auto seconds = parse_number<double>(text);
        if (!seconds || !(*seconds >= 0 && *seconds <= kMost)) return bad_value('s', text, "seconds, as 0.25, or 10ms");
        filter.window = static_cast<Nanos>(std::llround(*seconds * 1e9));
    }
    if (const auto added = add_expressions(values, filter.conditions); !added) return added.error();
    if (const auto added = add_short_filters(values, filter); !added) return added.error();
    return filter;
}

}  // namespace kstrax
