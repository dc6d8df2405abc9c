// SPDX-License-Identifier: GPL-2.0-or-later
// What the scripts of all pictures are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/graph/gnuplot/script.hpp"
#include "analyzer/graph/scale.hpp"

namespace kstrax {

/// Pixels above a picture's panels, for the title, and below them, for the axis.
inline constexpr int kAbove = 66;
inline constexpr int kBelow = 58;

/// A datablock: gnuplot reads what it holds and does not execute it.
void begin_block(std::string& out, std::string_view name);
void end_block(std::string& out);

/// What all pictures begin with; sizes in pixels.
[[nodiscard]] std::string script_head(const PictureForm& form, std::string_view title, std::string_view subtitle,
                                      int width, int height);

/// As a list of tics.
[[nodiscard]] std::string marks_text(const std::vector<Mark>& marks);

}  // namespace kstrax
