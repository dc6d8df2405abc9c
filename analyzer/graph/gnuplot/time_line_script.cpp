// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "analyzer/graph/colours.hpp"
#include "analyzer/graph/gnuplot/script_parts.hpp"

namespace kstrax {

namespace {

constexpr int kWidth = 1360;
constexpr int kHeight = 680;
constexpr int kLeft = 80;
constexpr int kLegend = kWidth / 8;
constexpr int kFlights = 300;  // for the names of what is in flight, between plot and legend
constexpr int kGap = 14;
constexpr int kLine = 14;  // pixels of a line of small letters
// Letters of the small font that these have room for; the widest are cut off.
constexpr std::size_t kLegendLetters = 23;
constexpr std::size_t kFlightLetters = 42;

constexpr std::array<int, kDots> kShapes{7, 6};  // gnuplot's point types, by enum Dot: disc, circle
constexpr int kTriangle = 9;
// Largest below, so that few calls show among many.
constexpr std::array<double, kSizes> kSizesOfDots{0.35, 0.5, 0.7, 0.95, 1.25, 1.6};

double across(double pixels) { return pixels / kWidth; }
double up(double pixels) { return 1 - pixels / kHeight; }  // pixels from the top

std::string colour_text(std::uint32_t colour) { return fmt::format("#{:06x}", colour); }

std::string cut(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    return text.erase(most - 3) + "...";
}

struct Drawn {
    std::string block;
    Dot dot;
    std::size_t entry;
    std::size_t size;
    std::vector<std::string> titles;  ///< a point each
};

/// What a dot says where the pointer hovers.
std::string title_of(const TimeLine& line, const ReportClock& clock, std::size_t entry, std::size_t column,
                     std::size_t row, std::uint32_t count) {
    TextBuffer time;
    clock.append(time, line.from + static_cast<Nanos>(line.second_of(column) * 1e9));
    constexpr std::size_t kToMicrosecond = 15;
    return fmt::format("{}, {}, {}{}", line.legend[entry].name, std::string_view(time.data(), kToMicrosecond),
                       duration_text(static_cast<Nanos>(line.nanos_of(row))),
                       count == 1 ? "" : fmt::format(", {} calls", count));
}

struct DotBlock {
    std::string lines;
    std::vector<std::string> titles;
};

/// Blocks in the order of drawing: dots of many calls below dots of few, and frequent calls below rare ones.
std::vector<Drawn> append_dots(std::string& out, const TimeLine& line, const ReportClock& clock) {
    std::vector<Drawn> drawn;
    for (const Dot dot : {Dot::Complete, Dot::Uncertain}) {
        std::array<std::vector<DotBlock>, kSizes> blocks;
        for (std::vector<DotBlock>& of_size : blocks) of_size.resize(line.legend.size());
        line.each_dot(dot, [&](std::size_t entry, std::size_t column, std::size_t row, std::uint32_t count) {
            DotBlock& block = blocks[size_of(count)][entry];
            block.lines += fmt::format("{:.9g} {:.4g} {}\n", line.second_of(column), line.nanos_of(row), count);
            block.titles.push_back(title_of(line, clock, entry, column, row, count));
        });
        for (std::size_t size = kSizes; size-- > 0;)
            for (const std::size_t entry : line.order()) {
                DotBlock& block = blocks[size][entry];
                if (block.titles.empty()) continue;
                drawn.push_back({fmt::format("dots_{}_{}_{}", static_cast<int>(dot), entry, size), dot, entry, size,
                                 std::move(block.titles)});
                begin_block(out, drawn.back().block);
                out += block.lines;
                end_block(out);
            }
    }
    return drawn;
}

/// Where each of the names stands, in pixels from the top: beside its mark, but below the one before.
std::vector<double> spread(const std::vector<double>& wanted, double top, double bottom) {
    std::vector<double> places = wanted;
    double free = top;
    for (double& place : places) free = (place = std::max(place, free)) + kLine;
    free = bottom;
    for (auto place = places.rbegin(); place != places.rend(); ++place)
        free = (*place = std::min(*place, free)) - kLine;
    return places;
}

class Flights {
  public:
    Flights(const TimeLine& line, int right) : line_(line), right_(right) {
        constexpr std::size_t kMost = (kHeight - kAbove - kBelow) / kLine - 1;  // the last line says how many more
        for (std::size_t i = 0; i < std::min(line.flights.size(), kMost); ++i) named_.push_back(&line.flights[i]);
        // By height, so that no line to a name crosses another.
        std::ranges::stable_sort(named_, std::greater{}, &Flight::nanos);
    }

    /// Marks in the plot, whose titles are the answer; those that share a cell are one.
    [[nodiscard]] std::vector<std::string> append_blocks(std::string& out) const {
        std::vector<std::string> titles;
        begin_block(out, "flights");
        std::set<std::pair<std::size_t, std::size_t>> taken;
        for (const Flight& flight : line_.flights)
            if (taken.emplace(line_.column_of(flight.second), line_.row_of(flight.nanos)).second) {
                out +=
                    fmt::format("{:.9g} {:.6g} {}\n", flight.second, flight.nanos, line_.legend[flight.entry].colour);
                titles.push_back(flight.text + ", " + flight.detail);
            }
        end_block(out);
        begin_block(out, "flight_names");
        out += fmt::format("in flight at the end ({})\n", line_.flights.size());
        for (const Flight* flight : named_)
            out += cut((flight->panicked ? "* " : "") + flight->text, kFlightLetters) + "\n";
        out += fmt::format("and {} more\n", line_.flights.size() - named_.size());
        end_block(out);
        return titles;
    }

    /// A name each beside the plot, with a line from its mark; no two cover one another.
    void append_labels(std::string& out) const {
        if (named_.empty()) return;
        const double top = kAbove + kLine / 2.0;
        const double bottom = kHeight - kBelow - kLine / 2.0;
        const bool more = named_.size() < line_.flights.size();
        std::vector<double> wanted;
        for (const Flight* flight : named_)
            wanted.push_back(kAbove + (line_.high - std::log10(flight->nanos)) / (line_.high - line_.low) *
                                          (kHeight - kAbove - kBelow));
        const std::vector<double> places = spread(wanted, top, bottom - (more ? kLine : 0));
        const double mark = right_ + 3.0 * kGap;
        append_name(out, 0, right_ + kGap, kAbove - kLine / 2.0, "");
        for (std::size_t i = 0; i < named_.size(); ++i) {
            const std::string colour = colour_text(line_.legend[named_[i]->entry].colour);
            append_line(out, fmt::format("first {:.9g},first {:.6g}", named_[i]->second, named_[i]->nanos),
                        fmt::format("graph 1,first {:.6g}", named_[i]->nanos), "#cccccc");
            append_line(out, fmt::format("graph 1,first {:.6g}", named_[i]->nanos),
                        fmt::format("screen {:.5f},screen {:.5f}", across(mark - 5), up(places[i])), colour);
            append_name(out, i + 1, mark, places[i],
                        fmt::format(" point pt {} ps 0.8 lc rgb '{}' offset 0.9,0", kTriangle, colour));
        }
        if (more) append_name(out, named_.size() + 1, mark, bottom, " offset 0.9,0");
    }

  private:
    static void append_line(std::string& out, std::string_view from, std::string_view to, std::string_view colour) {
        out += fmt::format("set arrow from {} to {} nohead back lw 0.6 lc rgb '{}'\n", from, to, colour);
    }
    static void append_name(std::string& out, std::size_t number, double x, double y, std::string_view rest) {
        out += fmt::format("set label $flight_names[{}] at screen {:.5f},screen {:.5f} left noenhanced font ',8'{}\n",
                           number + 1, across(x), up(y), rest);
    }

    const TimeLine& line_;
    int right_;
    std::vector<const Flight*> named_;
};

/// So many calls have a dot of this size.
std::uint64_t least_of(std::size_t size) {
    std::uint64_t least = 1;
    while (size-- > 0) least *= 10;
    return least;
}

std::vector<std::size_t> sizes_in(const std::vector<Drawn>& drawn) {
    std::set<std::size_t> sizes;
    for (const Drawn& each : drawn) sizes.insert(each.size);
    return {sizes.begin(), sizes.end()};
}

/// Each line of the legend: gnuplot's words for its sign, and the text.
struct LegendLine {
    std::string sign;
    std::string text;
};

std::vector<LegendLine> legend_lines(const TimeLine& line, const std::vector<Drawn>& drawn) {
    std::vector<LegendLine> lines;
    const auto sign = [](int shape, double size, std::string_view colour) {
        return fmt::format("with points pt {} ps {:.2f} lc rgb '{}'", shape, size, colour);
    };
    for (const LegendEntry& entry : line.legend) {
        const std::string count = fmt::format(" ({})", count_text(entry.calls));
        lines.push_back(
            {sign(kShapes[0], 1, colour_text(entry.colour)), cut(entry.name, kLegendLetters - count.size()) + count});
    }
    constexpr auto kUncertain = static_cast<std::size_t>(Dot::Uncertain);
    if (line.counts[kUncertain] > 0)
        lines.push_back({sign(kShapes[kUncertain], 1, "#333333"),
                         fmt::format("may be two ({})", count_text(line.counts[kUncertain]))});
    for (const std::size_t size : sizes_in(drawn))
        lines.push_back({sign(kShapes[0], kSizesOfDots[size], "#555555"),
                         size == 0 ? "1 to 9 calls in a dot" : fmt::format("{} or more", count_text(least_of(size)))});
    return lines;
}

/// Where the recording ends.
void append_end(std::string& out, const Recording& recording, const GraphRequest& request, const TimeLine& line) {
    if (line.end > line.seconds) return;
    const bool panic = recording.end.time_ns != 0;
    TextBuffer text;
    if (panic) {
        ReportClock(recording, request.times).append(text, recording.end.time_ns);
        fmt::format_to(std::back_inserter(text), ": panic, CPU {}, pid {}", std::uint32_t{recording.end.cpu},
                       std::uint32_t{recording.end.pid});
    }
    out += fmt::format(
        "set arrow from first {0:.9g},graph 0 to first {0:.9g},graph 1.015 nohead front lw 1.5 lc rgb '{1}'\n"
        "set label '{2}' at first {0:.9g},screen {3:.5f} right noenhanced font ',8' textcolor rgb '{1}'\n",
        line.end, panic ? "#c0302b" : "#777777",
        panic ? std::string_view(text.data(), text.size()) : "end of the recording", up(kAbove - kLine / 2.0));
}

int right_edge(bool flights) { return kWidth - kLegend - kGap - (flights ? kFlights : 0); }

}  // namespace

std::size_t picture_columns(const Extent& extent) {
    return static_cast<std::size_t>(right_edge(extent.in_flight > 0) - kLeft) / 2;
}

Picture time_line_script(const PictureForm& form, const Recording& recording, const GraphRequest& request,
                         const Figures& figures, TimeLine line) {
    line.limit(form.most_dots);
    const int right = right_edge(!line.flights.empty());
    std::string out = script_head(form, figures.title, figures.subtitle, kWidth, kHeight);
    out += fmt::format("# Dots are cells of {} columns and {} rows.\n", line.columns, line.rows);
    PlotTitles titles;
    const std::vector<Drawn> drawn = append_dots(out, line, ReportClock(recording, request.times));
    for (const Drawn& each : drawn) titles.push_back(each.titles);
    const Flights flights(line, right);
    titles.push_back(flights.append_blocks(out));
    const std::vector<LegendLine> legend = legend_lines(line, drawn);
    begin_block(out, "legend");
    for (const LegendLine& each : legend) out.append(each.text).append("\n");
    end_block(out);

    const double low = std::pow(10, line.low);
    const double high = std::pow(10, line.high);
    const Nanos to = line.from + static_cast<Nanos>(line.seconds * 1e9);
    out += fmt::format(
        "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\nset tmargin at screen {:.5f}\n"
        "set bmargin at screen {:.5f}\nset key at screen {:.5f},screen {:.5f} left top Left reverse vertical "
        "maxrows 40 samplen 0.3 spacing 1.05 font ',8' noenhanced\nset logscale y\n",
        across(kLeft), across(right), up(kAbove), up(kHeight - kBelow), across(kWidth - kLegend), up(kAbove));
    out += fmt::format("set grid lt 1 lc rgb '#e8e8e8' lw 0.7\nset xrange [0:{:.12g}]\nset xtics {}\n", line.seconds,
                       marks_text(time_marks(recording, request.times, line.from, to, 8)));
    out += fmt::format("set yrange [{:.9g}:{:.9g}]\nset ytics {}\n", low, high,
                       marks_text(log_marks(low, high, true, 12)));
    // A ylabel would stand where the terminal thinks that the marks' text ends.
    out += fmt::format("set xlabel 'time of issue ({})' noenhanced\n",
                       recording.described() ? ReportClock(recording, request.times).name() : "s");
    out += "set label 3 'duration (log scale)' at screen 0.012,screen 0.5 center rotate by 90 noenhanced\n";
    append_end(out, recording, request, line);
    flights.append_labels(out);
    // Dots grow with their cells.
    const double scale = std::sqrt(static_cast<double>(right - kLeft) / 2 / static_cast<double>(line.columns));
    out += "plot ";
    for (const Drawn& each : drawn)
        out += fmt::format("${} using 1:2 with points pt {} ps {:.2f} lc rgb '{}' notitle, \\\n     ", each.block,
                           kShapes[static_cast<std::size_t>(each.dot)],
                           std::max(each.dot == Dot::Complete ? 0.35 : 0.9, kSizesOfDots[each.size] * scale),
                           colour_text(line.legend[each.entry].colour));
    if (!line.flights.empty())
        out +=
            fmt::format("$flights using 1:2:3 with points pt {} ps 0.6 lc rgb variable notitle, \\\n     ", kTriangle);
    for (std::size_t i = 0; i < legend.size(); ++i)
        out += fmt::format("keyentry {} title $legend[{}], \\\n     ", legend[i].sign, i + 1);
    out.erase(out.rfind(", \\\n"));
    return {out + "\n", std::move(titles)};
}

}  // namespace kstrax
