// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analyzer/graph/colours.hpp"
#include "analyzer/graph/gnuplot/script_parts.hpp"

namespace kstrax {

namespace {

constexpr int kRow = 17;     // pixels of a bar with its gap
constexpr int kPanel = 330;  // a panel's width
constexpr int kGap = 40;     // between panels
constexpr int kRight = 30;
constexpr double kForText = 0.76;        // part of a panel that bars may take: what a bar says stands behind it
constexpr std::size_t kMostRows = 1000;  // a picture has at most so many pixels

/// Does the measure say something of this call?
bool known(const MeasureInfo& measure, const CallStatistics& row) {
    return measure.measure == Measure::Calls || row.completed > 0;
}

struct Span {
    double low;
    double high;
};

/// The axis of a measure: what is drawn leaves room for text.
Span axis_of(const MeasureInfo& measure, std::span<const Ranked> calls) {
    double least = 0;
    double most = 1;
    for (const Ranked& call : calls) {
        if (!known(measure, call.statistics)) continue;
        const double value = std::max(1.0, static_cast<double>(measure.value(call.statistics)));
        least = least == 0 ? value : std::min(least, value);
        most = std::max(most, value);
    }
    if (measure.is_sum) return {0, most / kForText};
    const double low = (least == 0 ? 1 : least) / 2;
    return {low, low * std::pow(std::max(most / low, 3.0), 1 / kForText)};
}

std::vector<Mark> axis_marks(const MeasureInfo& measure, const Span& axis, std::size_t most) {
    return measure.is_sum ? linear_marks(axis.high, measure.is_time, most)
                          : log_marks(axis.low, axis.high, measure.is_time, most);
}

/// Is there a bar or mark of it? 0 has no logarithm.
bool is_drawn(const MeasureInfo& measure, const CallStatistics& row) {
    return known(measure, row) && (measure.is_sum || measure.value(row) > 0);
}

/// Of each call its name and colour, and by measure: the value, where its text begins, the text.
void append_bars(std::string& out, const GraphMode& mode, std::span<const Ranked> calls, std::span<const Span> axes) {
    begin_block(out, "bars");
    for (const Ranked& call : calls) {
        out += fmt::format("\"{}\" {}", call.name, colour_of(call.name));
        for (std::size_t i = 0; i < mode.measures.size(); ++i) {
            const MeasureInfo& measure = describe(mode.measures[i]);
            const std::uint64_t value = measure.value(call.statistics);
            const bool drawn = is_drawn(measure, call.statistics);
            const std::string text = !known(measure, call.statistics) ? "-"
                                     : measure.is_time                ? duration_text(value)
                                                                      : std::to_string(value);
            const std::string number = fmt::format("{:.9g}", static_cast<double>(value));
            out += fmt::format(" {} {} \"{}\"", drawn ? number : "NaN",
                               drawn ? number : fmt::format("{:.9g}", axes[i].low), text);
        }
        out += "\n";
    }
    end_block(out);
}

std::string title_of(const Ranked& call) {
    const CallStatistics& row = call.statistics;
    std::string text = fmt::format("{}: {} calls", call.name, row.calls);
    if (row.completed > 0)
        text += fmt::format(", {} in all, {} on average, {} at most", duration_text(row.total),
                            duration_text(row.average()), duration_text(row.longest));
    return text;
}

/// Of each panel: the titles of its bars, and none of its texts.
PlotTitles titles_of(const GraphMode& mode, std::span<const Ranked> calls) {
    PlotTitles titles;
    for (const Measure measure : mode.measures) {
        std::vector<std::string> bars;
        for (const Ranked& call : calls)
            if (is_drawn(describe(measure), call.statistics)) bars.push_back(title_of(call));
        titles.push_back(std::move(bars));
        titles.emplace_back();
    }
    return titles;
}

/// Bars for a sum; else marks on lines, since a bar without a zero would say that it has a length.
std::string plot_of(const MeasureInfo& measure, int column, bool names) {
    const char* const shape = measure.is_sum
                                  ? "using {0}:0:(0):{0}:($0-0.36):($0+0.36):2{1} with boxxyerror lc rgb variable"
                                  : "using {0}:0:2{1} with points pt 7 ps 1.1 lc rgb variable";
    return fmt::format(fmt::runtime("plot $bars " + std::string(shape) +
                                    ", '' using {2}:0:(stringcolumn({3})) with labels left offset {4},0 noenhanced "
                                    "textcolor rgb '#222222'\n"),
                       column, names ? ":ytic(1)" : "", column + 1, column + 2, measure.is_sum ? 0.4 : 1.0);
}

}  // namespace

Picture bars_script(const PictureForm& form, const GraphMode& mode, const Figures& figures) {
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
    std::string out = script_head(form, figures.title, subtitle, width, height);
    append_bars(out, mode, calls, axes);
    out += fmt::format(
        "set key off\nset style fill solid 1 noborder\n"
        "set yrange [{}.5:-0.5]\nset tmargin at screen {:.5f}\nset bmargin at screen {:.5f}\nset multiplot\n",
        calls.size() - 1, 1 - static_cast<double>(kAbove) / height, static_cast<double>(kBelow) / height);
    for (int i = 0; i < panels; ++i) {
        const MeasureInfo& measure = describe(mode.measures[static_cast<std::size_t>(i)]);
        const Span& axis = axes[static_cast<std::size_t>(i)];
        const int from = left + i * (panel + kGap);
        if (i == 1) out += "unset label\nset ytics 0,1 format ''\n";
        out += fmt::format("set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\n",
                           static_cast<double>(from) / width, static_cast<double>(from + panel) / width);
        out += fmt::format("set xrange [{:.9g}:{:.9g}]\nset xtics {}\nset xlabel '{}{}' noenhanced\n", axis.low,
                           axis.high, marks_text(axis_marks(measure, axis, panels == 1 ? 12 : 6)), measure.title,
                           measure.is_sum ? "" : " (log scale)");
        out += measure.is_sum ? "unset logscale x\nset grid xtics noytics lt 1 lc rgb '#e0e0e0' lw 0.7\n"
                              : "set logscale x\nset grid xtics ytics lt 1 lc rgb '#e0e0e0' lw 0.7\n";
        // The names are the first panel's marks.
        out += plot_of(measure, 3 + 3 * i, i == 0);
    }
    out += "unset multiplot\n";
    return {std::move(out), titles_of(mode, calls)};
}

}  // namespace kstrax
