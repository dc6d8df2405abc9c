// SPDX-License-Identifier: GPL-2.0-or-later
// Columns that people see, too: beside what machines get stands the place in a line. Headings and lines come
// from the same row of a table.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "analyzer/sinks/value_text.hpp"

namespace kstrax {

enum class Side : std::uint8_t { Left, Right };

/// What people see a number in.
enum class Unit : std::uint8_t {
    AsItIs,
    Microseconds,
    Fitting,  ///< of a duration: each in its own, 12.3us or 5.20ms
};

/// The width of a cell that is as wide as the report's times; less a few, if that is subtracted.
inline constexpr std::size_t kTimeWidth = ~std::size_t{0};
[[nodiscard]] constexpr std::size_t width_of(std::size_t width, std::size_t time_width) {
    return width <= kTimeWidth / 2 ? width : time_width - (kTimeWidth - width);
}

/// The place of a column in a line.
template <typename Row>
struct Cell {
    std::string_view heading = {};                ///< without its unit; empty: people do not see the column
    std::string_view heading_of_difference = {};  ///< where the report's times are differences
    std::size_t width = 0;                        ///< at least
    Side side = Side::Right;                      ///< that the text stands at
    std::string_view before = " ";                ///< what stands before it; nothing before the first of a line
    Unit unit = Unit::AsItIs;
    int heading_wider = 0;  ///< than the width: headings that stand beside their figures, as they always have
    void (*append)(TextBuffer& out, const Row& row) = nullptr;  ///< null: the value; "-" where it is absent
    Value (*shown)(const Row& row) = nullptr;                   ///< null: the value that machines get
    std::uint8_t rank = 0;  ///< cells stand by their ranks; of one rank, in the order of the table

    [[nodiscard]] constexpr auto value_getter(const Column<Row>& column) const {
        return shown != nullptr ? shown : column.get;
    }
};

template <typename Row>
struct LineColumn {
    Column<Row> column;
    Cell<Row> cell = {};
};

/// The columns as machines get them.
template <typename Row, std::size_t N>
[[nodiscard]] constexpr std::array<Column<Row>, N> columns_of(const std::array<LineColumn<Row>, N>& all) {
    std::array<Column<Row>, N> columns{};
    for (std::size_t i = 0; i < N; ++i) columns[i] = all[i].column;
    return columns;
}

inline void append_cell_value(TextBuffer& out, const Value& value, Unit unit) {
    std::visit(Overloaded{
                   [&](Absent) { append(out, "-"); },
                   [&](std::uint64_t number) {
                       if (unit == Unit::Microseconds)
                           fmt::format_to(std::back_inserter(out), "{}.{:03}", number / 1000, number % 1000);
                       else if (unit == Unit::Fitting) append_short_time(out, number);
                       else append_number(out, number);
                   },
                   [&](std::int64_t number) { append_number(out, number); },
                   [&](Name name) { append(out, name.text); },
                   [&](Untrusted text) { append_c_escaped(out, text.bytes); },
                   [&](Words words) { append_words(out, words, "", " ", ""); },
                   [&](Hundredths number) { append_hundredths(out, number); },
               },
               value);
}

inline void append_padded(TextBuffer& out, std::string_view text, std::size_t width, Side side) {
    const std::size_t blanks = width - std::min(width, text.size());
    if (side == Side::Left) append(out, text);
    for (std::size_t i = 0; i < blanks; ++i) out.push_back(' ');
    if (side == Side::Right) append(out, text);
}

/// The cells of a row, for lines that are few. `time_width`: of the report's clock.
template <typename Row>
void append_cells(TextBuffer& out, std::span<const LineColumn<Row>> columns, const Row& row,
                  std::size_t time_width = 0) {
    TextBuffer text;
    for (const auto& [column, cell] : columns) {
        if (cell.heading.empty()) continue;
        append(out, cell.before);
        text.clear();
        if (cell.append != nullptr) cell.append(text, row);
        else append_cell_value(text, cell.value_getter(column)(row), cell.unit);
        append_padded(out, text.view(), width_of(cell.width, time_width), cell.side);
    }
}

/// One cell of append_line().
template <const auto& kLine, std::size_t kIndex, typename Row>
void append_cell(TextBuffer& out, const Row& row) {
    constexpr const auto& kCell = kLine[kIndex].cell;
    append(out, kCell.before);
    // No `if constexpr`: with -fsanitize=undefined, g++ takes no address of a function for a constant.
    if (kCell.append != nullptr) {
        kCell.append(out, row);
        return;
    }
    constexpr bool kPlainNumber = kCell.side == Side::Right && kCell.unit == Unit::AsItIs && kCell.width <= kMostRight;
    const Value value = kCell.value_getter(kLine[kIndex].column)(row);
    if (const auto* number = std::get_if<std::uint64_t>(&value); kPlainNumber && number != nullptr) {
        append_right(out, *number, kCell.width);
        return;
    }
    TextBuffer text;
    append_cell_value(text, value, kCell.unit);
    append_padded(out, text.view(), kCell.width, kCell.side);
}

/// The cells of a row, for lines of which there are millions: each is compiled for its place.
template <const auto& kLine, typename Row>
void append_line(TextBuffer& out, const Row& row) {
    [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) { (append_cell<kLine, kIndex>(out, row), ...); }
    (std::make_index_sequence<kLine.size()>());
}

/// The line above the rows: the headings in their places, and a # in place of the first blank.
/// `differences`: the report's times are such.
template <typename Row>
[[nodiscard]] std::string heading_of(std::span<const LineColumn<Row>> columns, std::size_t time_width = 0,
                                     bool differences = false) {
    TextBuffer out;
    for (const auto& [column, cell] : columns) {
        if (cell.heading.empty()) continue;
        append(out, cell.before);
        const bool other = differences && !cell.heading_of_difference.empty();
        const std::string heading = std::string(other ? cell.heading_of_difference : cell.heading) +
                                    (cell.unit == Unit::Microseconds ? " (us)" : "");
        const auto width = static_cast<std::ptrdiff_t>(width_of(cell.width, time_width)) + cell.heading_wider;
        append_padded(out, heading, static_cast<std::size_t>(width), cell.side);
    }
    std::string line(out.view());
    if (!line.empty()) line.front() = '#';
    return line;
}

}  // namespace kstrax
