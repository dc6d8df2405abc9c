// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/statistics_columns.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "analyzer/base/lists.hpp"
#include "analyzer/views/call_text.hpp"

namespace kstrax {

namespace {

using Row = StatisticsRow;
using Columns = std::span<const StatisticsColumn>;

/// Times are of completed calls; without any there are none.
template <auto Time>
Value time_value(const Row& row) {
    if (row.statistics.completed == 0) return Absent{};
    return std::uint64_t{std::invoke(Time, row.statistics)};
}

/// Of the bucket's middle, but no further than the times really went.
Nanos percentile(const CallStatistics& row, double share) {
    return std::clamp(row.durations.quantile(share), row.shortest, row.longest);
}
struct Percentile {
    double share;
    std::string_view field;
    std::string_view heading;
    std::string_view meaning;
};
constexpr std::array kPercentiles{
    Percentile{0.5, "p50_ns", "p50 (us)", "half of the calls took so long at most; with --percentiles"},
    Percentile{0.9, "p90_ns", "p90 (us)", "90 in 100 took so long at most; with --percentiles"},
    Percentile{0.99, "p99_ns", "p99 (us)", "99 in 100 took so long at most; with --percentiles"},
    Percentile{0.999, "p99.9_ns", "p99.9 (us)", "999 in 1000 took so long at most; with --percentiles"}};

template <std::size_t I>
constexpr StatisticsColumn percentile_column() {
    return {{kPercentiles[I].field,
             [](const Row& r) -> Value {
                 return r.statistics.completed == 0 ? Value(Absent{})
                                                    : Value(percentile(r.statistics, kPercentiles[I].share));
             },
             "nanoseconds", kPercentiles[I].meaning},
            false,
            [](const ReportContext&, const CallStatistics& row) {
                return SortKey{row.completed == 0 ? 0 : percentile(row, kPercentiles[I].share), ""};
            }};
}

template <auto Number>
constexpr StatisticsColumn count_column(std::string_view name, std::string_view meaning) {
    return {{name, [](const Row& r) -> Value { return std::uint64_t{std::invoke(Number, r.statistics)}; }, "number",
             meaning},
            false,
            [](const ReportContext&, const CallStatistics& row) {
                return SortKey{std::invoke(Number, row), ""};
            }};
}
template <auto Time>
constexpr StatisticsColumn time_column(std::string_view name, std::string_view meaning) {
    return {
        {name, time_value<Time>, "nanoseconds", meaning}, false, [](const ReportContext&, const CallStatistics& row) {
            return SortKey{std::invoke(Time, row), ""};
        }};
}

SortKey by_key(const ReportContext&, const CallStatistics& row) { return {row.key, ""}; }

std::string_view error_name(std::uint64_t key) {
    if (key == 0) return "success";
    if (key == kNotReturned) return "not returned";
    const ErrnoInfo* info = errno_info(static_cast<std::uint32_t>(key));
    return info == nullptr ? "unknown" : info->name;
}

constexpr std::array kCallColumns{
    StatisticsColumn{{"abi", [](const Row& r) -> Value { return Name{abi_name(r.statistics.abi)}; }},
                     true,
                     [](const ReportContext&, const CallStatistics& row) {
                         return SortKey{row.abi, ""};
                     }},
    StatisticsColumn{{"nr", [](const Row& r) -> Value { return number_value(r.statistics.nr); }},
                     true,
                     [](const ReportContext&, const CallStatistics& row) {
                         return SortKey{row.nr, ""};
                     }},
    StatisticsColumn{{"name", [](const Row& r) -> Value { return Name{r.name}; }},
                     true,
                     [](const ReportContext& context, const CallStatistics& row) {
                         std::string scratch;
                         return SortKey{0, std::string(call_name(context, row.abi, row.nr, scratch))};
                     }},
};
constexpr std::array kPidColumns{
    StatisticsColumn{{"pid", [](const Row& r) -> Value { return r.statistics.key; }}, true, by_key}};
constexpr std::array kCpuColumns{
    StatisticsColumn{{"cpu", [](const Row& r) -> Value { return r.statistics.key; }}, true, by_key}};
constexpr std::array kErrorColumns{StatisticsColumn{
    {"error", [](const Row& r) -> Value { return Name{error_name(r.statistics.key)}; }}, true, by_key}};
constexpr std::array kMeasures{
    count_column<&CallStatistics::calls>("calls", "how many calls there were"),
    time_column<&CallStatistics::average>("avg_ns", "the average time of complete calls"),
    time_column<&CallStatistics::longest>("max_ns", "the longest"),
    time_column<&CallStatistics::shortest>("min_ns", "the shortest"),
    time_column<&CallStatistics::total>("total_ns", "the sum"),
    count_column<&CallStatistics::errors>("errors", "how many failed"),
    count_column<&CallStatistics::no_entry>("no_entry", "of how many the entry is not there"),
    count_column<&CallStatistics::no_exit>("no_exit", "of how many the exit is not there"),
    count_column<&CallStatistics::uncertain>("uncertain", "how many may be two calls joined"),
};
constexpr std::array kPercentileColumns{percentile_column<0>(), percentile_column<1>(), percentile_column<2>(),
                                        percentile_column<3>()};

/// How rows are named, by Grouping.
struct Naming {
    Columns columns;
    std::string_view heading;
    void (*append)(TextBuffer& out, const Row& row);
};

void append_call_naming(TextBuffer& out, const Row& row) {
    const CallStatistics& s = row.statistics;
    TextBuffer name;
    append_call_name(name, row.context, s.abi, s.nr);
    const std::string nr = s.nr == kNrNone ? "-1" : s.nr == kNrTooBig ? ">4093" : std::to_string(s.nr);
    fmt::format_to(std::back_inserter(out), "{:>5}  {:<24} ", nr, std::string_view(name.data(), name.size()));
}
void append_key(TextBuffer& out, const Row& row) {
    fmt::format_to(std::back_inserter(out), "{:>8} ", row.statistics.key);
}
void append_error(TextBuffer& out, const Row& row) {
    fmt::format_to(std::back_inserter(out), "  {:<24} ", error_name(row.statistics.key));
}

/// In the order of the enum.
constexpr std::array kNamings{
    Naming{kCallColumns, "#  nr  name                     ", append_call_naming},
    Naming{kPidColumns, "#    pid ", append_key},
    Naming{kErrorColumns, "# error                    ", append_error},
    Naming{kCpuColumns, "#    cpu ", append_key},
};
const Naming& naming_of(const StatisticsRequest& request) {
    return kNamings[static_cast<std::size_t>(request.grouping)];
}

std::vector<Columns> columns_of(const StatisticsRequest& request) {
    std::vector<Columns> columns{naming_of(request).columns, kMeasures};
    if (request.percentiles) columns.push_back(kPercentileColumns);
    return columns;
}

std::string microseconds(const CallStatistics& row, Nanos nanos) {
    if (row.completed == 0) return "-";
    return fmt::format("{}.{:03}", nanos / 1000, nanos % 1000);
}

constexpr std::string_view kMeasuresHeading =
    "    calls       avg (us)       max (us)     min (us)       total (us)   errors no_entry  no_exit";

void append_text(TextBuffer& out, const Row& row) {
    const CallStatistics& s = row.statistics;
    const StatisticsRequest& request = row.context.statistics;
    naming_of(request).append(out, row);
    fmt::format_to(std::back_inserter(out), "{:>9} {:>14} {:>14} {:>12} {:>16} {:>8} {:>8} {:>8}", s.calls,
                   microseconds(s, s.average()), microseconds(s, s.longest), microseconds(s, s.shortest),
                   microseconds(s, s.total), s.errors, s.no_entry, s.no_exit);
    if (!request.percentiles) return;
    for (const Percentile& one : kPercentiles)
        fmt::format_to(std::back_inserter(out), " {:>14}",
                       microseconds(s, s.completed == 0 ? 0 : percentile(s, one.share)));
}

}  // namespace

const StatisticsColumn* find_statistics_column(const StatisticsRequest& request, std::string_view name) {
    for (const Columns columns : columns_of(request))
        for (const StatisticsColumn& one : columns) {
            std::string_view field = one.column.name;
            if (field == name) return &one;
            if (field.ends_with("_ns")) field.remove_suffix(3);
            if (field == name) return &one;
        }
    return nullptr;
}

std::string statistics_column_names(const StatisticsRequest& request) {
    std::vector<std::string_view> names;
    for (const Columns columns : columns_of(request))
        for (const StatisticsColumn& one : columns) {
            std::string_view field = one.column.name;
            if (field.ends_with("_ns")) field.remove_suffix(3);
            names.push_back(field);
        }
    return list_of(names, std::identity());
}

std::vector<ColumnInfo> statistics_columns() {
    std::vector<ColumnInfo> infos;
    const auto add = [&](Columns columns) {
        for (const StatisticsColumn& one : columns)
            infos.push_back({one.column.name, one.column.type, one.column.meaning});
    };
    for (const Naming& naming : kNamings) add(naming.columns);
    add(kMeasures);
    add(kPercentileColumns);
    return infos;
}

StatisticsForm statistics_form(const StatisticsRequest& request) {
    std::vector<Column<Row>> all;
    for (const Columns columns : columns_of(request))
        for (const StatisticsColumn& one : columns) all.push_back(one.column);
    std::string heading(naming_of(request).heading);
    heading += kMeasuresHeading;
    if (request.percentiles)
        for (const Percentile& one : kPercentiles) heading += fmt::format(" {:>14}", one.heading);
    return {std::move(all), std::move(heading), append_text};
}

}  // namespace kstrax
