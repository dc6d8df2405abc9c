// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/gnuplot/svg_titles.hpp"

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

constexpr std::string_view kPlot = "<g id=\"gnuplot_plot_";
constexpr std::string_view kTitle = "<title>";
constexpr std::string_view kTitleEnd = "</title>";

struct Shape {
    std::string_view begin;
    std::string_view end;
};
/// What points and bars are drawn as.
constexpr std::array kShapes{Shape{"<use xlink:href='#gpPt", "</use>"}, Shape{"<polygon ", "</polygon>"}};

const Shape* shape_in(std::string_view line) {
    for (const Shape& shape : kShapes)
        if (line.find(shape.begin) != line.npos) return &shape;
    return nullptr;
}

void append_quoted(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else out.push_back(c);
    }
}

void append_titled(std::string& out, std::string_view line, const Shape& shape, std::string_view title) {
    const auto end = line.find("/>");
    out.append(line.substr(0, end)).append(">").append(kTitle);
    append_quoted(out, title);
    out.append(kTitleEnd).append(shape.end).append(line.substr(end + 2));
}

/// One plot's lines, up to the next plot.
void append_plot(std::string& out, const std::vector<std::string_view>& lines, const std::vector<std::string>* titles) {
    std::size_t shapes = 0;
    for (const std::string_view line : lines)
        if (shape_in(line) != nullptr && line.find("/>") != line.npos) ++shapes;
    const bool titled = titles != nullptr && shapes == titles->size();
    std::size_t next = 0;
    for (const std::string_view line : lines) {
        const Shape* shape = titled && line.find("/>") != line.npos ? shape_in(line) : nullptr;
        const auto own = line.find(kPlot) == line.npos ? line.npos : line.find(kTitle);
        if (shape != nullptr) append_titled(out, line, *shape, (*titles)[next++]);
        else out.append(line.substr(0, own));
        out.push_back('\n');
    }
}

}  // namespace

std::string add_titles(std::string_view svg, const PlotTitles& titles) {
    std::string out;
    out.reserve(svg.size() * 2);
    std::vector<std::string_view> lines;
    std::size_t plots = 0;  // begun so far
    const auto flush = [&] {
        append_plot(out, lines, plots > 0 && plots <= titles.size() ? &titles[plots - 1] : nullptr);
        lines.clear();
    };
    for (std::size_t at = 0; at < svg.size();) {
        const auto end = std::min(svg.find('\n', at), svg.size());
        const std::string_view line = svg.substr(at, end - at);
        at = end + 1;
        if (line.find(kPlot) != line.npos) {
            flush();
            ++plots;
        }
        lines.push_back(line);
    }
    flush();
    return out;
}

}  // namespace kstrax
