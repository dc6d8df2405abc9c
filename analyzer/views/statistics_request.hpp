// SPDX-License-Identifier: GPL-2.0-or-later
// What a statistics report is to show besides its usual columns.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "analyzer/trace/statistics/statistics.hpp"

namespace kstrax {

struct StatisticsRequest {
    Grouping grouping = Grouping::Call;
    bool percentiles = false;
    std::string histogram;  ///< a call, or a class of calls, whose durations to show instead; empty: none

    [[nodiscard]] bool is_plain() const { return grouping == Grouping::Call && !percentiles && histogram.empty(); }
};

struct GroupingInfo {
    Grouping grouping;
    std::string_view name;  ///< of --by
};
inline constexpr std::array<GroupingInfo, 6> kGroupings{{
    {Grouping::Call, "call"},
    {Grouping::Pid, "pid"},
    {Grouping::Error, "errno"},
    {Grouping::Cpu, "cpu"},
    {Grouping::Event, "event"},
    {Grouping::Span, "span"},
}};

}  // namespace kstrax
