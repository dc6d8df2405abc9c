// SPDX-License-Identifier: GPL-2.0-or-later
// Axes: the places and the texts of their marks.
#pragma once

#include <string>
#include <vector>

#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

/// "512 ns", "1.23 µs", "45.6 ms", "12 s": three digits at most, save of long times in seconds.
[[nodiscard]] std::string duration_text(Nanos duration);

/// "512", "12.3k", "4.56M"
[[nodiscard]] std::string count_text(std::uint64_t count);

struct Mark {
    double at;  ///< in the axis' own unit
    std::string text;
};

/// A logarithmic axis from `low` to `high`, both above 0: at most about `most` marks
/// at 1, 10, 100, …; where these are less than three, at 2 and 5 as well.
[[nodiscard]] std::vector<Mark> log_marks(double low, double high, bool is_time, std::size_t most);

/// An axis from 0 to `high`: at most `most` marks at multiples of 1, 2 or 5 with zeros.
[[nodiscard]] std::vector<Mark> linear_marks(double high, bool is_time, std::size_t most);

/// The wall-clock time from `from` to `to` as at most `most` marks at round moments;
/// in seconds since `from`.
[[nodiscard]] std::vector<Mark> time_marks(const Recording& recording, const TimeStyle& times, Nanos from, Nanos to,
                                           std::size_t most);

}  // namespace kstrax
