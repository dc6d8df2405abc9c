// SPDX-License-Identifier: GPL-2.0-or-later
// Titles in a drawing. Viewers show them where the pointer hovers. gnuplot can make such texts
// only with a script in the file, and it does not quote their content.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kstrax {

/// By plot, in the order of the plots, and by point or bar. A plot without titles is not touched.
using PlotTitles = std::vector<std::vector<std::string>>;

/// gnuplot's SVG with these titles instead of the titles that gnuplot makes from the script's words. A plot
/// stays without titles if gnuplot drew another number of points than there are titles.
[[nodiscard]] std::string add_titles(std::string_view svg, const PlotTitles& titles);

}  // namespace kstrax
