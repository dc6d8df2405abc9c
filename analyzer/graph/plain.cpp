// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/plain.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analyzer/graph/scale.hpp"

namespace kstrax {

namespace {

std::string head(const Figures& figures) { return fmt::format("# {}\n# {}\n", figures.title, figures.subtitle); }

/// A terminal may not know the micro sign.
std::string ascii(std::string text) {
    if (const auto at = text.find("µ"); at != text.npos) text.replace(at, std::string_view("µ").size(), "u");
    return text;
}

struct BarColumn {
    const MeasureInfo* measure;
    double most = 1;
};

std::string bar(const BarColumn& column, const CallStatistics& row, std::size_t room) {
    const bool counts = column.measure->measure == Measure::Calls;
    const auto value = column.measure->value(row);
    const bool known = counts || row.completed > 0;
    const std::string text = !known ? "-" : counts ? std::to_string(value) : ascii(duration_text(value));
    const double part = value == 0 || !known ? 0
                        : column.measure->is_sum
                            ? static_cast<double>(value) / column.most
                            : (1 + std::log10(static_cast<double>(value))) / (1 + std::log10(column.most));
    const auto length = static_cast<std::size_t>(std::lround(part * static_cast<double>(room)));
    // On a logarithmic scale a place, which has no length.
    std::string drawn(length, column.measure->is_sum ? '#' : ' ');
    if (!column.measure->is_sum && length > 0) drawn.back() = 'o';
    return fmt::format("{:>9} {:<{}}", text, drawn, room);
}

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr char kOther = '.';
constexpr char kManyOthers = ':';
constexpr char kInFlight = '*';
constexpr char kUncertain = '?';

char letter_of(const TimeLine& line, std::size_t entry) {
    return line.has_others && entry + 1 == line.legend.size() ? kOther : kLetters[entry % kLetters.size()];
}

/// So many calls in one place are a capital letter.
constexpr std::uint64_t kMany = 100;

char sign_at(const TimeLine& line, std::size_t column, std::size_t row) {
    const auto count = [&](Dot dot, std::size_t entry) {
        return line.layers[static_cast<std::size_t>(dot)][entry].at(column, row);
    };
    const std::vector<std::size_t> order = line.order();
    std::uint64_t sum = 0;
    for (std::size_t entry = 0; entry < line.legend.size(); ++entry) sum += count(Dot::Complete, entry);
    for (auto entry = order.rbegin(); entry != order.rend(); ++entry)
        if (count(Dot::Complete, *entry) > 0) {
            const char letter = letter_of(line, *entry);
            return sum < kMany ? letter : letter == kOther ? kManyOthers : static_cast<char>(letter - 'a' + 'A');
        }
    const auto is_uncertain = [&](std::size_t entry) { return count(Dot::Uncertain, entry) > 0; };
    return std::ranges::any_of(order, is_uncertain) ? kUncertain : ' ';
}

/// The plot's rows, the highest durations first.
std::vector<std::string> signs_of(const TimeLine& line) {
    std::vector<std::string> rows(line.rows, std::string(line.columns, ' '));
    for (std::size_t row = 0; row < line.rows; ++row)
        for (std::size_t column = 0; column < line.columns; ++column) rows[row][column] = sign_at(line, column, row);
    for (std::string& row : rows)
        if (line.end <= line.seconds && row[line.column_of(line.end)] == ' ') row[line.column_of(line.end)] = '|';
    for (const Flight& flight : line.flights)
        rows[line.row_of(flight.nanos)][line.column_of(flight.second)] = kInFlight;
    return rows;
}

/// The axis below: marks, each with its text to the right as far as there is room.
std::string time_axis(const Recording& recording, const TimeStyle& times, const TimeLine& line) {
    const std::size_t columns = line.columns;
    std::string rule(columns, '-');
    std::string texts(columns, ' ');
    const Nanos to = line.from + static_cast<Nanos>(line.seconds * 1e9);
    std::size_t free_from = 0;
    for (const Mark& mark : time_marks(recording, times, line.from, to, std::max<std::size_t>(2, columns / 20))) {
        const auto at = static_cast<std::size_t>(mark.at / line.seconds * static_cast<double>(columns));
        if (at >= columns) continue;
        rule[at] = '+';
        if (at < free_from || at + mark.text.size() > columns) continue;
        texts.replace(at, mark.text.size(), mark.text);
        free_from = at + mark.text.size() + 1;
    }
    texts.erase(texts.find_last_not_of(' ') + 1);
    const std::string margin(kPlainMargin - 1, ' ');
    return fmt::format("{}+{}\n{} {}\n", margin, rule, margin, texts);
}

}  // namespace

std::string plain_bars(const GraphMode& mode, const Figures& figures, std::size_t width) {
    std::size_t name_width = 4;
    for (const Ranked& call : figures.calls) name_width = std::max(name_width, call.name.size());
    std::vector<BarColumn> columns;
    for (const Measure measure : mode.measures) {
        BarColumn column{&describe(measure)};
        for (const Ranked& call : figures.calls)
            column.most = std::max(column.most, static_cast<double>(column.measure->value(call.statistics)));
        columns.push_back(column);
    }
    // Behind each column's number of 9 and two spaces; never less than a few signs.
    const std::size_t taken = name_width + columns.size() * 12;
    const std::size_t room = std::max<std::size_t>(width > taken ? (width - taken) / columns.size() : 0, 5);
    std::string out = head(figures);
    std::string line = fmt::format("# {:<{}}", "call", name_width - 2);
    for (const BarColumn& column : columns)
        line += fmt::format(
            "  {:<{}}", fmt::format("{}{}", column.measure->title, column.measure->is_sum ? "" : " (log)"), 10 + room);
    const auto end_line = [&] { out.append(line, 0, line.find_last_not_of(' ') + 1).push_back('\n'); };
    end_line();
    for (const Ranked& call : figures.calls) {
        line = fmt::format("{:<{}}", call.name, name_width);
        for (const BarColumn& column : columns) line.append("  ").append(bar(column, call.statistics, room));
        end_line();
    }
    return out;
}

std::string plain_time_line(const Recording& recording, const GraphRequest& request, const Figures& figures,
                            const TimeLine& line) {
    std::vector<std::string> labels(line.rows);
    for (const Mark& mark : log_marks(std::pow(10, line.low), std::pow(10, line.high), true, 12))
        labels[line.row_of(mark.at)] = ascii(mark.text);
    std::string out = head(figures) + fmt::format("# up: duration (log scale); right: time of issue ({})\n",
                                                  ReportClock(recording, request.times).name());
    const std::vector<std::string> signs = signs_of(line);
    for (std::size_t row = line.rows; row-- > 0;) {
        std::string text =
            fmt::format("{:>{}} {}", labels[row], kPlainMargin - 2, labels[row].empty() ? '|' : '+') + signs[row];
        text.erase(text.find_last_not_of(' ') + 1);
        out.append(text).push_back('\n');
    }
    out += time_axis(recording, request.times, line);
    for (std::size_t entry = 0; entry < line.legend.size(); ++entry)
        out += fmt::format("{} {} ({})\n", letter_of(line, entry), line.legend[entry].name,
                           count_text(line.legend[entry].calls));
    out += fmt::format("a capital, or {}: {} calls or more in one place\n", kManyOthers, kMany);
    if (const auto count = line.counts[static_cast<std::size_t>(Dot::Uncertain)])
        out += fmt::format("{} may be two calls ({})\n", kUncertain, count_text(count));
    if (line.flights.empty()) return out;
    out += fmt::format("{} in flight at the end ({})\n", kInFlight, count_text(line.flights.size()));
    for (std::size_t i = 0; i < std::min(line.flights.size(), kPlainRows); ++i)
        out += fmt::format("  {} {}  {}\n", line.flights[i].panicked ? "panicked:" : "-", line.flights[i].text,
                           ascii(line.flights[i].detail));
    if (line.flights.size() > kPlainRows) out += fmt::format("  - and {} more\n", line.flights.size() - kPlainRows);
    return out;
}

}  // namespace kstrax
