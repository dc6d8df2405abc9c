// SPDX-License-Identifier: GPL-2.0-or-later
// Millions of calls on a time line, binned to what a picture can show while they
// pass by. Each call is in its cell, so that the one slow call of an hour shows.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "analyzer/graph/figures.hpp"

namespace kstrax {

/// Columns are time, rows are durations, both from 0. A cell shows one kind of call:
/// of those in it the one of the highest rank.
class Cells {
  public:
    static constexpr int kEmpty = -1;

    Cells(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows), ranks_(columns * rows, kEmpty) {}

    void put(std::size_t column, std::size_t row, int rank) {
        int& cell = ranks_[row * columns_ + column];
        if (rank > cell) cell = rank;
    }
    [[nodiscard]] int at(std::size_t column, std::size_t row) const { return ranks_[row * columns_ + column]; }
    [[nodiscard]] std::size_t columns() const { return columns_; }
    [[nodiscard]] std::size_t rows() const { return rows_; }
    [[nodiscard]] std::size_t occupied() const;
    /// The same in cells of twice the width, or height.
    [[nodiscard]] Cells coarser(bool wider) const;

  private:
    std::size_t columns_;
    std::size_t rows_;
    std::vector<int> ranks_;
};

/// What is known of a call decides how its dot looks.
enum class Dot : std::uint8_t { Complete, Uncertain, InFlight };
inline constexpr std::size_t kDots = 3;

struct LegendEntry {
    std::string name;
    std::uint64_t calls = 0;
};

struct TimeLine {
    Nanos from = 0;     ///< of the left edge
    double seconds = 0; ///< from the left edge to the right one
    double low = 0;     ///< decimal logarithm of nanoseconds at the lower edge
    double high = 0;
    std::array<Cells, kDots> layers;
    std::array<std::uint64_t, kDots> counts{};
    /// Calls with a colour of their own; the last entry is for all others, if there are such.
    std::vector<LegendEntry> legend = {};
    std::vector<std::size_t> entry_of_rank = {};
    bool has_others = false;

    [[nodiscard]] std::size_t occupied() const;
    /// Makes cells larger until at most so many are occupied.
    void limit(std::size_t most);
    [[nodiscard]] double second_of(std::size_t column) const;  ///< of the middle of a column, since `from`
    [[nodiscard]] double nanos_of(std::size_t row) const;      ///< of the middle of a row
};

/// Reads the recording a second time: `figures` and `extent` come from the first.
[[nodiscard]] Result<TimeLine> draw_time_line(const Recording& recording, const GraphRequest& request,
                                              const Figures& figures, const Extent& extent, std::size_t columns,
                                              std::size_t rows);

}  // namespace kstrax
