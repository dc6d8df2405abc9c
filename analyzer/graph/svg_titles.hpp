// SPDX-License-Identifier: GPL-2.0-or-later
// Titles in a drawing, which viewers show where the pointer hovers. gnuplot has texts
// for that only with a script in the file, and does not quote what they hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kstrax {

/// By plot, in the order of the plots, and by point or bar. A plot without titles is not touched.
using PlotTitles = std::vector<std::vector<std::string>>;

/// gnuplot's SVG with these titles, in place of those that it makes from the words of the script. A plot
/// in which gnuplot drew another number of points than there are titles stays without.
[[nodiscard]] std::string add_titles(std::string_view svg, const PlotTitles& titles);

}  // namespace kstrax
