// SPDX-License-Identifier: GPL-2.0-or-later
// Millions of calls on a time line, counted in cells while they pass by. Each call is
// in its cell, so that the one slow call of an hour shows, and a cell knows how many.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "analyzer/graph/figures.hpp"

namespace kstrax {

/// Columns are time, rows are durations, both from 0. Without memory until something is counted.
class Cells {
  public:
    Cells(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows) {}

    void add(std::size_t column, std::size_t row, std::uint64_t count = 1);
    [[nodiscard]] std::uint32_t at(std::size_t column, std::size_t row) const {
        return counts_.empty() ? 0 : counts_[row * columns_ + column];
    }
    [[nodiscard]] std::size_t columns() const { return columns_; }
    [[nodiscard]] std::size_t rows() const { return rows_; }
    /// The same in cells of twice the width, or height.
    [[nodiscard]] Cells coarser(bool wider) const;

  private:
    std::size_t columns_;
    std::size_t rows_;
    std::vector<std::uint32_t> counts_;
};

/// What is known of a call that is over decides how its dot looks.
enum class Dot : std::uint8_t { Complete, Uncertain };
inline constexpr std::size_t kDots = 2;

/// So many sizes of dots: for 1 call, 10 and more, 100 and more, …
inline constexpr std::size_t kSizes = 6;
[[nodiscard]] std::size_t size_of(std::uint32_t count);

struct LegendEntry {
    std::string name;
    std::uint64_t calls = 0;
    std::uint32_t colour = 0;
};

/// A call in flight at the end of the recording.
struct Flight {
    double second = 0;  ///< since the left edge
    double nanos = 0;   ///< up to the end of the recording
    std::size_t entry = 0;
    bool panicked = false;
    bool blocked = false;
    std::string text;    ///< pid, command, call
    std::string detail;  ///< since when, and how long
};

struct TimeLine {
    Nanos from = 0;      ///< of the left edge
    double seconds = 0;  ///< from the left edge to the right one
    double end = 0;      ///< second at which the recording ends; right of the right edge if it is too far away
    double low = 0;      ///< decimal logarithm of nanoseconds at the lower edge
    double high = 0;
    std::size_t columns = 0;
    std::size_t rows = 0;
    /// By enum Dot and entry of the legend.
    std::array<std::vector<Cells>, kDots> layers = {};
    std::array<std::uint64_t, kDots> counts{};
    /// Panicked tasks first, then blocked tasks, then the longest in flight.
    std::vector<Flight> flights = {};
    /// Calls with a colour of their own; the last entry is for all others, if there are such.
    std::vector<LegendEntry> legend = {};
    bool has_others = false;

    /// Entries of the legend in the order of drawing: all others, then frequent calls, then rare calls.
    [[nodiscard]] std::vector<std::size_t> order() const;
    /// The dots that no other dot of the same cell and kind covers.
    using DotSink = std::function<void(std::size_t entry, std::size_t column, std::size_t row, std::uint32_t count)>;
    void each_dot(Dot dot, const DotSink& sink) const;
    /// Makes cells larger until at most `most` dots are drawn.
    void limit(std::size_t most);
    [[nodiscard]] std::size_t dots() const;

    [[nodiscard]] double second_of(std::size_t column) const;  ///< of the middle of a column, since `from`
    [[nodiscard]] double nanos_of(std::size_t row) const;      ///< of the middle of a row
    [[nodiscard]] std::size_t column_of(double second) const;
    [[nodiscard]] std::size_t row_of(double nanos) const;
};

/// Reads the recording a second time: `figures` and `extent` come from the first.
[[nodiscard]] Result<TimeLine> draw_time_line(const Recording& recording, const GraphRequest& request,
                                              const Figures& figures, const Extent& extent, std::size_t columns,
                                              std::size_t rows);

}  // namespace kstrax
