// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/statistics_columns.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "analyzer/base/lists.hpp"
#include "analyzer/fields/call_text.hpp"

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
    Percentile{0.5, "p50_ns", "p50", "half of the calls took so long at most; with --percentiles"},
    Percentile{0.9, "p90_ns", "p90", "90 in 100 took so long at most; with --percentiles"},
    Percentile{0.99, "p99_ns", "p99", "99 in 100 took so long at most; with --percentiles"},
    Percentile{0.999, "p99.9_ns", "p99.9", "999 in 1000 took so long at most; with --percentiles"}};

/// What stands first where people read all columns: the name and the count, the sums, each call's time, its end.
constexpr std::uint8_t kSumsRank = 1;
constexpr std::uint8_t kTimesRank = 2;
constexpr std::uint8_t kEndsRank = 3;

template <std::size_t I>
constexpr StatisticsColumn percentile_column() {
    return {{{kPercentiles[I].field,
              [](const Row& r) -> Value {
                  return r.statistics.completed == 0 ? Value(Absent{})
                                                     : Value(percentile(r.statistics, kPercentiles[I].share));
              },
              FieldKind::Nanoseconds, kPercentiles[I].meaning},
             {.heading = kPercentiles[I].heading, .width = 14, .unit = Unit::Microseconds, .rank = kTimesRank}},
            false,
            [](const ReportContext&, const CallStatistics& row) {
                return SortKey{row.completed == 0 ? 0 : percentile(row, kPercentiles[I].share), ""};
            }};
}

/// Those without a width are not for people.
constexpr Cell<Row> measure_cell(std::string_view heading, std::size_t width, Unit unit, std::uint8_t rank) {
    return {.heading = width == 0 ? std::string_view() : heading, .width = width, .unit = unit, .rank = rank};
}

template <auto Number>
constexpr StatisticsColumn count_column(std::string_view name, std::string_view meaning, std::size_t width = 0,
                                        std::uint8_t rank = kEndsRank) {
    return {{{name, [](const Row& r) -> Value { return std::uint64_t{std::invoke(Number, r.statistics)}; },
              FieldKind::Number, meaning},
             measure_cell(name, width, Unit::AsItIs, rank)},
            false,
            [](const ReportContext&, const CallStatistics& row) {
                return SortKey{std::invoke(Number, row), ""};
            }};
}
/// Its field is named name_ns.
template <auto Time>
constexpr StatisticsColumn time_column(std::string_view name, std::string_view meaning, std::size_t width,
                                       std::uint8_t rank = kTimesRank) {
    return {{{name, time_value<Time>, FieldKind::Nanoseconds, meaning},
             measure_cell(name.substr(0, name.size() - 3), width, Unit::Microseconds, rank)},
            false,
            [](const ReportContext&, const CallStatistics& row) {
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

void append_number(TextBuffer& out, const Row& row) {
    const std::uint16_t nr = row.statistics.nr;
    append(out, nr == kNrNone ? "-1" : nr == kNrTooBig ? ">4093" : std::to_string(nr));
}
/// With the table that the number is of.
void append_name(TextBuffer& out, const Row& row) {
    append_call_name(out, row.context, row.statistics.abi, row.statistics.nr);
}

constexpr std::array kCallColumns{
    StatisticsColumn{{{"abi", [](const Row& r) -> Value { return Name{abi_name(r.statistics.abi)}; }}},
                     true,
                     [](const ReportContext&, const CallStatistics& row) {
                         return SortKey{row.abi, ""};
                     }},
    StatisticsColumn{{{"nr", [](const Row& r) -> Value { return number_value(r.statistics.nr); }},
                      {.heading = "nr", .width = 5, .before = "", .append = append_number}},
                     true,
                     [](const ReportContext&, const CallStatistics& row) {
                         return SortKey{row.nr, ""};
                     }},
    StatisticsColumn{{{"name", [](const Row& r) -> Value { return Name{r.name}; }},
                      {.heading = "name", .width = 24, .side = Side::Left, .before = "  ", .append = append_name}},
                     true,
                     [](const ReportContext& context, const CallStatistics& row) {
                         std::string scratch;
                         return SortKey{0, std::string(context.names.name_of(row.abi, row.nr, scratch))};
                     }},
};
constexpr std::array kPidColumns{StatisticsColumn{
    {{"pid", [](const Row& r) -> Value { return r.statistics.key; }}, {.heading = "pid", .width = 8, .before = ""}},
    true,
    by_key}};
constexpr std::array kCpuColumns{StatisticsColumn{
    {{"cpu", [](const Row& r) -> Value { return r.statistics.key; }}, {.heading = "cpu", .width = 8, .before = ""}},
    true,
    by_key}};
constexpr std::array kErrorColumns{
    StatisticsColumn{{{"error", [](const Row& r) -> Value { return Name{error_name(r.statistics.key)}; }},
                      {.heading = "error", .width = 24, .side = Side::Left, .before = "  "}},
                     true,
                     by_key}};
/// Of the time of all complete calls; to the nearest.
Value share_of(const Row& row) {
    if (row.statistics.completed == 0 || row.all_total == 0) return Absent{};
    const double share = static_cast<double>(row.statistics.total) / static_cast<double>(row.all_total);
    return Hundredths{static_cast<std::uint64_t>(share * 1e4 + 0.5)};
}
constexpr StatisticsColumn kShareColumn{
    {{"percent", share_of, FieldKind::Number, "its share of the time of all complete calls"},
     {.heading = "%", .width = 6, .rank = kSumsRank}},
    false,
    [](const ReportContext&, const CallStatistics& row) {
        return SortKey{row.total, ""};
    },
    false};
constexpr StatisticsColumn kInFlightColumn{
    {{"in_flight_ns", [](const Row& r) -> Value { return r.statistics.in_flight; }, FieldKind::Nanoseconds,
      "how long calls have taken that are in flight at the end"},
     {.heading = "in flight",
      .width = 10,
      .unit = Unit::Microseconds,
      .shown = [](const Row& r) -> Value {
          return r.statistics.in_flight == 0 ? Value(Absent{}) : Value(r.statistics.in_flight);
      },
      .rank = kSumsRank}},
    false,
    [](const ReportContext&, const CallStatistics& row) {
        return SortKey{row.in_flight, ""};
    },
    false};
constexpr std::array kMeasures{
    count_column<&CallStatistics::calls>("calls", "how many calls there were", 9, 0),
    time_column<&CallStatistics::average>("avg_ns", "the average time of complete calls", 14),
    time_column<&CallStatistics::longest>("max_ns", "the longest", 14),
    time_column<&CallStatistics::shortest>("min_ns", "the shortest", 12),
    time_column<&CallStatistics::total>("total_ns", "the sum", 16, kSumsRank),
    count_column<&CallStatistics::errors>("errors", "how many failed", 8),
    count_column<&CallStatistics::no_entry>("no_entry", "of how many the entry is not there", 8),
    count_column<&CallStatistics::no_exit>("no_exit", "of how many the exit is not there", 8),
    count_column<&CallStatistics::uncertain>("uncertain", "how many may be two calls joined"),
    kShareColumn,
    kInFlightColumn,
};
constexpr std::array kPercentileColumns{percentile_column<0>(), percentile_column<1>(), percentile_column<2>(),
                                        percentile_column<3>()};

/// What names the rows, by Grouping.
constexpr std::array<Columns, 4> kNamings{kCallColumns, kPidColumns, kErrorColumns, kCpuColumns};

std::vector<Columns> columns_of(const StatisticsRequest& request) {
    std::vector<Columns> columns{kNamings[static_cast<std::size_t>(request.grouping)], kMeasures};
    if (request.percentiles) columns.push_back(kPercentileColumns);
    return columns;
}

}  // namespace

const StatisticsColumn* find_statistics_column(const StatisticsRequest& request, std::string_view name) {
    for (const Columns columns : columns_of(request))
        for (const StatisticsColumn& one : columns) {
            std::string_view field = one.line.column.name;
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
            std::string_view field = one.line.column.name;
            if (field.ends_with("_ns")) field.remove_suffix(3);
            names.push_back(field);
        }
    return list_of(names, std::identity());
}

std::vector<ColumnInfo> statistics_columns() {
    std::vector<ColumnInfo> infos;
    const auto add = [&](Columns columns) {
        for (const StatisticsColumn& one : columns)
            infos.push_back({one.line.column.name, one.line.column.kind, one.line.column.meaning});
    };
    for (const Columns naming : kNamings) add(naming);
    add(kMeasures);
    add(kPercentileColumns);
    return infos;
}

namespace {

/// Of full columns, or of those that the manual has.
Cell<Row> cell_in(ColumnSet set, const StatisticsColumn& one) {
    constexpr std::size_t kFitting = 9;
    Cell<Row> cell = one.line.cell;
    if (set == ColumnSet::Manual) {
        if (!one.of_manual) cell.heading = {};
        cell.rank = 0;
    } else if (cell.unit == Unit::Microseconds) {
        cell.unit = Unit::Fitting;
        cell.width = std::max(kFitting, cell.heading.size());
    }
    return cell;
}

}  // namespace

StatisticsForm::StatisticsForm(const StatisticsRequest& request, ColumnSet set) {
    for (const Columns columns : columns_of(request))
        for (const StatisticsColumn& one : columns) {
            columns_.push_back(one.line.column);
            line_.push_back({one.line.column, cell_in(set, one)});
            if (one.names_row) ++naming_;
        }
    std::ranges::stable_sort(line_, {}, [](const auto& one) { return one.cell.rank; });
    heading_ = heading_of<Row>(line_);
    form_ = {columns_, heading_, [](TextBuffer& out, const Row& row) { append_cells<Row>(out, *row.line, row); }};
}

void StatisticsForm::append_total(TextBuffer& out, const Row& total) const {
    const std::span<const LineColumn<Row>> line(line_);
    for (std::size_t i = 0; i < naming_; ++i) {
        const Cell<Row>& cell = line[i].cell;
        if (cell.heading.empty()) continue;
        append(out, cell.before);
        append_padded(out, i + 1 == naming_ ? "total" : "", cell.width, cell.side);
    }
    append_cells(out, line.subspan(naming_), total);
    out.push_back('\n');
}

}  // namespace kstrax
