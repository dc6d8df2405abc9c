// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analyzer/graph/colours.hpp"
#include "analyzer/graph/script_parts.hpp"

namespace kstrax {

namespace {

constexpr int kWidth = 1200;
constexpr int kHeight = 680;
constexpr int kLeft = 80;
constexpr int kLegend = 290;  // beside the plot

/// Colours that neighbours in the legend do not share with one another: dark, then light.
constexpr std::array<std::string_view, 20> kDotColours{
    "#1f5fa8", "#e07b1a", "#2f8f46", "#c0302b", "#7a4fa3", "#6b4a36", "#d0559b", "#0f9aa8", "#8c8a12", "#111111",
    "#7fb2e5", "#f6bd7c", "#94d194", "#f19a94", "#c3a8df", "#b99a86", "#f2aed3", "#86d7df", "#d4d166", "#8f8f8f"};
constexpr std::string_view kOtherColour = "#b8b8b8";
constexpr std::array<int, kDots> kShapes{7, 6, 9};  // gnuplot's point types, by enum Dot: disc, circle, triangle
constexpr std::array<std::string_view, kDots> kDotNames{"", "may be two calls", "in flight at the end"};

std::string_view colour_of(const TimeLine& line, std::size_t entry) {
    if (line.has_others && entry + 1 == line.legend.size()) return kOtherColour;
    return kDotColours[entry % kDotColours.size()];
}

std::string block_of(std::size_t dot, std::size_t entry) { return fmt::format("dots_{}_{}", dot, entry); }

/// Names of blocks in the order of drawing: what is rare lies above what is frequent.
struct Drawn {
    std::string block;
    std::size_t dot;
    std::size_t entry;
};

std::vector<Drawn> append_dots(std::string& out, const TimeLine& line) {
    std::vector<std::size_t> order;
    for (std::size_t entry = 0; entry < line.legend.size(); ++entry) order.push_back(entry);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return line.legend[a].calls > line.legend[b].calls;
    });
    // What stands for many kinds of call is the ground.
    if (line.has_others) std::stable_partition(order.begin(), order.end(), [&](std::size_t entry) {
        return entry + 1 == line.legend.size();
    });
    std::vector<Drawn> drawn;
    for (std::size_t dot = 0; dot < kDots; ++dot) {
        const Cells& cells = line.layers[dot];
        std::vector<std::string> blocks(line.legend.size());
        for (std::size_t row = 0; row < cells.rows(); ++row)
            for (std::size_t column = 0; column < cells.columns(); ++column) {
                const int rank = cells.at(column, row);
                if (rank == Cells::kEmpty) continue;
                blocks[line.entry_of_rank[static_cast<std::size_t>(rank)]] +=
                    fmt::format("{:.9g} {:.4g}\n", line.second_of(column), line.nanos_of(row));
            }
        for (const std::size_t entry : order) {
            if (blocks[entry].empty()) continue;
            drawn.push_back({block_of(dot, entry), dot, entry});
            begin_block(out, drawn.back().block);
            out += blocks[entry];
            end_block(out);
        }
    }
    return drawn;
}

std::string legend_text(const LegendEntry& entry) { return fmt::format("{}  ({})", entry.name, count_text(entry.calls)); }

}  // namespace

std::string time_line_script(const PictureForm& form, const Recording& recording, const Figures& figures,
                             TimeLine line) {
    line.limit(form.most_dots);
    // A dot a little larger than its cell, and never too small to be seen.
    const double size = 0.35 * std::sqrt(static_cast<double>(kPictureColumns) / static_cast<double>(line.layers[0].columns()));
    std::string out = script_head(form, figures.title, figures.subtitle, kWidth, kHeight);
    begin_block(out, "legend");
    for (const LegendEntry& entry : line.legend) out.append(legend_text(entry)).append("\n");
    for (std::size_t dot = 1; dot < kDots; ++dot)
        out += fmt::format("{}  ({})\n", kDotNames[dot], count_text(line.counts[dot]));
    end_block(out);
    const std::vector<Drawn> drawn = append_dots(out, line);

    const double low = std::pow(10, line.low);
    const double high = std::pow(10, line.high);
    const Nanos to = line.from + static_cast<Nanos>(line.seconds * 1e9);
    out += fmt::format(
        "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\nset tmargin at screen {:.5f}\n"
        "set bmargin at screen {:.5f}\nset key at screen {:.5f},screen {:.5f} left top Left reverse vertical "
        "maxrows 30 samplen 0.5 spacing 1.05 noenhanced\nset logscale y\n",
        static_cast<double>(kLeft) / kWidth, 1 - static_cast<double>(kLegend) / kWidth,
        1 - static_cast<double>(kAbove) / kHeight, static_cast<double>(kBelow) / kHeight,
        1 - static_cast<double>(kLegend - 10) / kWidth, 1 - static_cast<double>(kAbove) / kHeight);
    out += fmt::format("set grid lt 1 lc rgb '#e8e8e8' lw 0.7\nset xrange [0:{:.12g}]\nset xtics {}\n", line.seconds,
                       marks_text(time_marks(recording, line.from, to, 8)));
    out += fmt::format("set yrange [{:.9g}:{:.9g}]\nset ytics {}\n", low, high, marks_text(log_marks(low, high, true, 12)));
    // A ylabel would stand where the terminal thinks that the marks' text ends.
    out += fmt::format("set xlabel 'time of issue ({})' noenhanced\n", recording.described() ? "UTC" : "s");
    out += "set label 3 'duration (log scale)' at screen 0.012,screen 0.5 center rotate by 90 noenhanced\nplot ";
    for (const Drawn& each : drawn)
        out += fmt::format("${} using 1:2 with points pt {} ps {:.2f} lc rgb '{}' notitle, \\\n     ", each.block,
                           kShapes[each.dot], each.dot == 0 ? size : std::max(0.9, size), colour_of(line, each.entry));
    // The legend in its own order, with dots that can be told apart.
    for (std::size_t entry = 0; entry < line.legend.size(); ++entry)
        out += fmt::format("keyentry with points pt 7 ps 1 lc rgb '{}' title $legend[{}], \\\n     ",
                           colour_of(line, entry), entry + 1);
    for (std::size_t dot = 1; dot < kDots; ++dot)
        if (line.counts[dot] > 0)
            out += fmt::format("keyentry with points pt {} ps 1 lc rgb '#333333' title $legend[{}], \\\n     ",
                               kShapes[dot], line.legend.size() + dot);
    out.erase(out.rfind(", \\\n"));
    return out + "\n";
}

}  // namespace kstrax
