// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/mode.hpp"

#include <array>

#include "analyzer/base/enum_table.hpp"

namespace kstrax {

namespace {

constexpr std::array<MeasureInfo, 3> kMeasures{{
    {Measure::Calls, "number of calls", "most frequent", false, true,
     [](const CallStatistics& row) { return row.calls; }},
    {Measure::Average, "average time", "on average slowest", true, false,
     [](const CallStatistics& row) { return std::uint64_t{row.average()}; }},
    {Measure::Total, "total time", "most time-consuming", true, true,
     [](const CallStatistics& row) { return std::uint64_t{row.total}; }},
}};
static_assert(in_order(kMeasures, &MeasureInfo::measure));

using enum Measure;
constexpr Measure kCount[] = {Calls, Average, Total};
constexpr Measure kAverage[] = {Average, Calls, Total};
constexpr Measure kTotal[] = {Total, Calls, Average};

constexpr std::span<const Measure> first(std::span<const Measure> measures, std::size_t count) {
    return measures.first(count);
}

constexpr std::array<GraphMode, 12> kModes{{
    {"ALL", kCount, {}, "number, average time and total time of every call"},
    {"CNT", first(kCount, 1), Calls, "the 20 most frequent calls: their number"},
    {"CNT+", first(kCount, 2), Calls, "… and their average time"},
    {"CNT++", kCount, Calls, "… and their total time"},
    {"AVE", first(kAverage, 1), Average, "the 20 slowest calls on average: their average time"},
    {"AVE+", first(kAverage, 2), Average, "… and their number"},
    {"AVE++", kAverage, Average, "… and their total time"},
    {"TOTAL", first(kTotal, 1), Total, "the 20 calls with the most time in all: their total time"},
    {"TOTAL+", first(kTotal, 2), Total, "… and their number"},
    {"TOTAL++", kTotal, Total, "… and their average time"},
    {"EXEC", {}, {}, "every call on a time line: when it was issued, how long it took"},
    {"EXEC-C", {}, Calls, "the 20 most frequent calls on a time line"},
}};

}  // namespace

const MeasureInfo& describe(Measure measure) { return row_of(kMeasures, measure); }

std::span<const GraphMode> graph_modes() { return kModes; }

const GraphMode* find_graph_mode(std::string_view name) {
    for (const GraphMode& mode : kModes)
        if (mode.name == name) return &mode;
    return nullptr;
}

}  // namespace kstrax
