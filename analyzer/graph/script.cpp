// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analyzer/graph/scale.hpp"

namespace kstrax {

namespace {

// Sizes of letters are points, but in SVG pixels.
constexpr std::array<PictureForm, 5> kForms{{
    {".png", "set terminal pngcairo size {W},{H} font 'sans,9' noenhanced background '#ffffff'", 13, 200'000},
    {".svg", "set terminal svg size {W},{H} font 'sans-serif,12' noenhanced background '#ffffff' linewidth 1", 17, 10'000},
    {".pdf", "set terminal pdfcairo size {w:.2f},{h:.2f} font 'sans,9' fontscale 0.75 noenhanced background '#ffffff'",
     13, 50'000},
    {".gp", "", 13, 200'000},
    // The best window that this gnuplot has.
    {"",
     "window = ''\n"
     "do for [name in 'qt wxt x11'] {{ if (window eq '' && strstrt(' '.GPVAL_TERMINALS.' ', ' '.name.' ')) "
     "{{ window = name }} }}\n"
     "if (window eq '') {{ exit error 'this one draws in no window (gnuplot-qt does)' }}\n"
     "set terminal @window size {W},{H} noenhanced persist",
     13, 200'000},
}};

// Texts that the blocks hold begin with none of this.
constexpr std::string_view kEnd = "end_of_block";

void begin_block(std::string& out, std::string_view name) { out.append(fmt::format("${} << {}\n", name, kEnd)); }
void end_block(std::string& out) { out.append(kEnd).append("\n"); }

void append_terminal(std::string& out, const PictureForm& form, int width, int height) {
    using namespace fmt::literals;
    if (form.terminal.empty()) return;
    out += fmt::format(fmt::runtime(form.terminal), "W"_a = width, "H"_a = height, "w"_a = width / 96.0,
                       "h"_a = height / 96.0);
    out += "\n";
}

/// What all pictures begin with; sizes in pixels.
std::string head(const PictureForm& form, std::string_view title, std::string_view subtitle, int width, int height) {
    std::string out = "# A picture by kstrax-graph, for gnuplot 5.2 and later.\nset encoding utf8\n";
    append_terminal(out, form, width, height);
    begin_block(out, "text");
    out.append(title).append("\n").append(subtitle).append("\n");
    end_block(out);
    out += fmt::format(
        "set label 1 $text[1] at screen 0.5,screen {:.5f} center noenhanced font ',{}'\n"
        "set label 2 $text[2] at screen 0.5,screen {:.5f} center noenhanced textcolor rgb '#555555'\n",
        1 - 18.0 / height, form.title_size, 1 - 40.0 / height);
    out += "set border 3 lc rgb '#888888'\nset tics nomirror out scale 0.5 textcolor rgb '#222222'\n";
    return out;
}

std::string marks_text(const std::vector<Mark>& marks) {
    std::string out = "(";
    // Of our own making: digits, colons and units.
    for (const Mark& mark : marks) out += fmt::format("{}'{}' {:.9g}", out.size() > 1 ? ", " : "", mark.text, mark.at);
    return out + ")";
}

// ---- bars -----------------------------------------------------------------

constexpr int kRow = 17;        // pixels of a bar with its gap
constexpr int kAbove = 58;      // for the title
constexpr int kBelow = 58;      // for the axis
constexpr int kPanel = 330;     // a panel's width
constexpr int kGap = 40;        // between panels
constexpr int kRight = 30;
constexpr double kForText = 0.76;  // part of a panel that bars may take: what a bar says stands behind it
constexpr std::size_t kMostRows = 1000;  // a picture has at most so many pixels

constexpr std::array<std::string_view, 3> kColours{"#3b6fb6", "#d98032", "#4f9a5a"};  // by enum Measure

/// Does the measure say something of this call?
bool known(const MeasureInfo& measure, const CallStatistics& row) {
    return measure.measure == Measure::Calls || row.completed > 0;
}

struct Span {
    double low;
    double high;
};

/// The axis of a measure: bars end above its beginning, and leave room for text.
Span axis_of(const MeasureInfo& measure, std::span<const Ranked> calls) {
    double least = 0;
    double most = 0;
    for (const Ranked& call : calls) {
        if (!known(measure, call.statistics)) continue;
        const double value = std::max(1.0, static_cast<double>(measure.value(call.statistics)));
        least = least == 0 ? value : std::min(least, value);
        most = std::max(most, value);
    }
    if (least == 0) least = most = 1;
    const double low = least / 2;
    return {low, low * std::pow(std::max(most, least * 1.5) / low, 1 / kForText)};
}

void append_bars(std::string& out, const GraphMode& mode, std::span<const Ranked> calls, std::span<const Span> axes) {
    begin_block(out, "bars");
    for (const Ranked& call : calls) {
        out += fmt::format("\"{}\"", call.name);
        for (std::size_t i = 0; i < mode.measures.size(); ++i) {
            const MeasureInfo& measure = describe(mode.measures[i]);
            const std::uint64_t value = measure.value(call.statistics);
            // What is nothing has no logarithm: a bar without length.
            const double end = known(measure, call.statistics) ? static_cast<double>(value) : 0;
            const std::string text = !known(measure, call.statistics) ? "-"
                                     : measure.is_time               ? duration_text(value)
                                                                     : std::to_string(value);
            out += fmt::format(" {:.9g} \"{}\"", std::max(end, axes[i].low), text);
        }
        out += "\n";
    }
    end_block(out);
}

}  // namespace

std::span<const PictureForm> picture_forms() { return kForms; }

std::string bars_script(const PictureForm& form, const GraphMode& mode, const Figures& figures) {
    std::span<const Ranked> calls = figures.calls;
    std::string subtitle = figures.subtitle;
    if (calls.size() > kMostRows) {
        subtitle += fmt::format("; the {} most frequent are drawn", kMostRows);
        calls = calls.first(kMostRows);
    }
    std::size_t longest = 0;
    for (const Ranked& call : calls) longest = std::max(longest, call.name.size());
    const int left = 20 + static_cast<int>(std::min<std::size_t>(longest, 40)) * 7;
    const auto panels = static_cast<int>(mode.measures.size());
    // The title wants its room where there is but one panel.
    const int panel = panels == 1 ? 2 * kPanel : kPanel;
    const int width = left + panels * panel + (panels - 1) * kGap + kRight;
    const int height = kAbove + static_cast<int>(calls.size()) * kRow + kBelow;

    std::vector<Span> axes;
    for (const Measure measure : mode.measures) axes.push_back(axis_of(describe(measure), calls));
    std::string out = head(form, figures.title, subtitle, width, height);
    append_bars(out, mode, calls, axes);
    out += fmt::format(
        "set key off\nset style fill solid 1 noborder\nset logscale x\nset grid xtics lt 1 lc rgb '#e0e0e0' lw 0.7\n"
        "set yrange [{}.5:-0.5]\nset tmargin at screen {:.5f}\nset bmargin at screen {:.5f}\nset multiplot\n",
        calls.size() - 1, 1 - static_cast<double>(kAbove) / height, static_cast<double>(kBelow) / height);
    for (int i = 0; i < panels; ++i) {
        const MeasureInfo& measure = describe(mode.measures[static_cast<std::size_t>(i)]);
        const Span& axis = axes[static_cast<std::size_t>(i)];
        const int from = left + i * (panel + kGap);
        const int column = 2 + 2 * i;
        if (i == 1) out += "unset label\nunset ytics\n";
        out += fmt::format("set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\n",
                           static_cast<double>(from) / width, static_cast<double>(from + panel) / width);
        out += fmt::format("set xrange [{:.9g}:{:.9g}]\nset xtics {}\nset xlabel '{} (log scale)' noenhanced\n", axis.low,
                           axis.high, marks_text(log_marks(axis.low, axis.high, measure.is_time, panels == 1 ? 12 : 6)),
                           measure.title);
        // The names are the first panel's marks.
        out += fmt::format(
            "plot $bars using {0}:0:({1:.9g}):{0}:($0-0.36):($0+0.36){2} with boxxyerror lc rgb '{3}', "
            "'' using {0}:0:(stringcolumn({4})) with labels left offset 0.4,0 noenhanced textcolor rgb '#222222'\n",
            column, axis.low, i == 0 ? ":ytic(1)" : "", kColours[static_cast<std::size_t>(measure.measure)], column + 1);
    }
    out += "unset multiplot\n";
    return out;
}

// ---- the time line ----------------------------------------------------------

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
    std::string out = head(form, figures.title, figures.subtitle, kWidth, kHeight);
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
