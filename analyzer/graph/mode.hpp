// SPDX-License-Identifier: GPL-2.0-or-later
// What kstrax-graph can draw (manual, 5.4.3).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "analyzer/trace/statistics/statistics.hpp"

namespace kstrax {

enum class Measure : std::uint8_t { Calls, Average, Total };

struct MeasureInfo {
    Measure measure;
    std::string_view title;
    std::string_view superlative;  ///< "the 20 … of 71 system calls"
    bool is_time;                  ///< nanoseconds; else a number
    bool is_sum;                   ///< bars from 0, whose lengths can be compared; else a mark on a log scale
    std::uint64_t (*value)(const CallStatistics& row);
};
[[nodiscard]] const MeasureInfo& describe(Measure measure);

/// So many calls are in a picture of the top ones.
inline constexpr std::size_t kTop = 20;

struct GraphMode {
    std::string_view name;
    std::span<const Measure> measures;  ///< a panel of bars each; none: a time line
    std::optional<Measure> top;         ///< only the kTop calls by this one
    std::string_view help;

    [[nodiscard]] bool is_time_line() const { return measures.empty(); }
};
[[nodiscard]] std::span<const GraphMode> graph_modes();
/// Null if there is no such mode.
[[nodiscard]] const GraphMode* find_graph_mode(std::string_view name);

}  // namespace kstrax
