// SPDX-License-Identifier: GPL-2.0-or-later
// Pictures of plain characters, for a terminal; no gnuplot needed.
#pragma once

#include <string>

#include "analyzer/graph/time_line.hpp"

namespace kstrax {

/// Rows of a time line in a terminal; its columns are what the terminal has.
inline constexpr std::size_t kPlainRows = 24;
/// What stands left of a time line's columns.
inline constexpr std::size_t kPlainMargin = 11;

[[nodiscard]] std::string plain_bars(const GraphMode& mode, const Figures& figures, std::size_t width);
[[nodiscard]] std::string plain_time_line(const Recording& recording, const GraphRequest& request,
                                          const Figures& figures, const TimeLine& line);

}  // namespace kstrax
