// SPDX-License-Identifier: GPL-2.0-or-later
// A picture as a gnuplot script that holds its data. All text in it, whatever
// the dump says, stands in datablocks, which gnuplot reads and does not execute.
#pragma once

#include <string>

#include "analyzer/graph/gnuplot/svg_titles.hpp"
#include "analyzer/graph/time_line.hpp"

namespace kstrax {

/// What a picture is drawn as.
struct PictureForm {
    std::string_view suffix;    ///< of the file's name
    std::string_view terminal;  ///< gnuplot's; {W} {H} pixels, {w} {h} inches; empty: as gnuplot is set
    int title_size;             ///< of its letters
    std::size_t most_dots;      ///< so that a file stays below 2 MB
};

/// ".png", ".svg", ".pdf", ".gp" (the script itself), and "" (a window).
[[nodiscard]] std::span<const PictureForm> picture_forms();

/// Dots of a time line in a picture: cells of two pixels.
[[nodiscard]] std::size_t picture_columns(const Extent& extent);
inline constexpr std::size_t kPictureRows = 278;

/// What gnuplot is given, and the titles that an SVG has besides.
struct Picture {
    std::string script;
    PlotTitles titles;
};

[[nodiscard]] Picture bars_script(const PictureForm& form, const GraphMode& mode, const Figures& figures);
/// `line` is made coarser where the form demands it.
[[nodiscard]] Picture time_line_script(const PictureForm& form, const Recording& recording, const GraphRequest& request,
                                       const Figures& figures, TimeLine line);

}  // namespace kstrax
