// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/time_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace kstrax {

namespace {

/// Where every kind of call is drawn, so many have a colour of their own: those with the most total time.
constexpr std::size_t kColoured = 12;

Dot dot_of(const Call& call) {
    if (call.state == CallState::InFlight) return Dot::InFlight;
    return call.state == CallState::Uncertain ? Dot::Uncertain : Dot::Complete;
}

/// How a logarithmic axis sees a duration: none is below a nanosecond.
double level(Nanos duration) { return std::log10(static_cast<double>(std::max<Nanos>(duration, 1))); }

/// Fills the legend. Answers each call's rank in a cell: what has a colour of its own
/// lies above what has none, and then what is rare above what is frequent.
std::vector<int> make_legend(TimeLine& line, const Figures& figures, bool all_kinds) {
    const std::vector<Ranked>& calls = figures.calls;
    std::vector<std::size_t> order(calls.size());
    std::iota(order.begin(), order.end(), 0);
    if (all_kinds)
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return calls[a].statistics.total > calls[b].statistics.total;
        });
    const std::size_t coloured = all_kinds ? std::min(order.size(), kColoured) : order.size();
    std::vector<std::size_t> entries(calls.size(), coloured);
    for (std::size_t i = 0; i < coloured; ++i) {
        entries[order[i]] = i;
        line.legend.push_back({calls[order[i]].name, calls[order[i]].statistics.calls});
    }
    line.has_others = coloured < order.size();
    if (line.has_others) {
        LegendEntry others{fmt::format("{} others", order.size() - coloured), 0};
        for (std::size_t i = coloured; i < order.size(); ++i) others.calls += calls[order[i]].statistics.calls;
        line.legend.push_back(others);
    }
    // Calls come by their number, the most frequent first.
    std::iota(order.begin(), order.end(), 0);
    std::stable_partition(order.begin(), order.end(), [&](std::size_t call) { return entries[call] == coloured; });
    std::vector<int> ranks(calls.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        ranks[order[rank]] = static_cast<int>(rank);
        line.entry_of_rank.push_back(entries[order[rank]]);
    }
    return ranks;
}

}  // namespace

std::size_t Cells::occupied() const {
    return static_cast<std::size_t>(
        std::count_if(ranks_.begin(), ranks_.end(), [](int rank) { return rank != kEmpty; }));
}

Cells Cells::coarser(bool wider) const {
    const std::size_t by_column = wider ? 2 : 1;
    const std::size_t by_row = wider ? 1 : 2;
    Cells cells((columns_ + by_column - 1) / by_column, (rows_ + by_row - 1) / by_row);
    for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t column = 0; column < columns_; ++column)
            cells.put(column / by_column, row / by_row, at(column, row));
    return cells;
}

std::size_t TimeLine::occupied() const {
    std::size_t sum = 0;
    for (const Cells& layer : layers) sum += layer.occupied();
    return sum;
}

void TimeLine::limit(std::size_t most) {
    for (bool wider = true; occupied() > most && layers[0].columns() * layers[0].rows() > 1; wider = !wider)
        for (Cells& layer : layers) layer = layer.coarser(wider);
}

double TimeLine::second_of(std::size_t column) const {
    return seconds * (static_cast<double>(column) + 0.5) / static_cast<double>(layers[0].columns());
}

double TimeLine::nanos_of(std::size_t row) const {
    const double part = (static_cast<double>(row) + 0.5) / static_cast<double>(layers[0].rows());
    return std::pow(10, low + part * (high - low));
}

Result<TimeLine> draw_time_line(const Recording& recording, const GraphRequest& request, const Figures& figures,
                                const Extent& extent, std::size_t columns, std::size_t rows) {
    const Cells empty(columns, rows);
    TimeLine line{.from = extent.first, .layers = {empty, empty, empty}};
    const std::vector<int> rank_of = make_legend(line, figures, !request.mode->top);
    // A margin, so that no dot lies on the frame; a microsecond at least, where all is one moment.
    const auto range = static_cast<double>(std::max<Nanos>(extent.last - extent.first, 1000)) * 1.002;
    line.seconds = range / 1e9;
    // And a decade at least, so that an axis has marks where all calls take as long.
    const double span = level(extent.longest) - level(extent.shortest);
    const double margin = std::max(0.03 * span, (1 - span) / 2);
    line.low = level(extent.shortest) - margin;
    line.high = level(extent.longest) + margin;

    std::map<std::pair<std::uint16_t, std::uint16_t>, int> ranks;
    for (std::size_t i = 0; i < figures.calls.size(); ++i) {
        const CallStatistics& row = figures.calls[i].statistics;
        ranks[{row.abi, row.nr}] = rank_of[i];
    }
    const auto part = [](double value, double whole, std::size_t count) {
        const double place = value / whole * static_cast<double>(count);
        return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(count - 1)));
    };
    const auto trust = CallPass(recording, request.filter).run([&](const Call& call, Nanos end) {
        if (call.state == CallState::ChildReturn) return;
        const auto rank = ranks.find({call.abi, call.nr});
        const auto moment = moment_of(call, end);
        if (rank == ranks.end() || !moment) return;
        const auto dot = static_cast<std::size_t>(dot_of(call));
        ++line.counts[dot];
        line.layers[dot].put(part(static_cast<double>(call.start - extent.first), range, columns),
                             part(level(moment->duration) - line.low, line.high - line.low, rows), rank->second);
    });
    if (!trust) return trust.error();
    return line;
}

}  // namespace kstrax
