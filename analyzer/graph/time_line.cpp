// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/time_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "analyzer/fields/call_text.hpp"
#include "analyzer/graph/colours.hpp"
#include "analyzer/graph/scale.hpp"

namespace kstrax {

namespace {

/// If every kind of call is drawn, this many have a colour of their own: the ones with the most total time.
constexpr std::size_t kColoured = 12;

Dot dot_of(const Call& call) { return call.state == CallState::Uncertain ? Dot::Uncertain : Dot::Complete; }

/// How a logarithmic axis sees a duration: none is below a nanosecond.
double level(double nanos) { return std::log10(std::max(nanos, 1.0)); }

using CallKey = std::pair<std::uint16_t, std::uint16_t>;  // ABI and number

/// Fills the legend. Answers which entry stands for which call.
std::map<CallKey, std::size_t> make_legend(TimeLine& line, const Figures& figures, bool all_kinds) {
    const std::vector<Ranked>& calls = figures.calls;
    std::vector<std::size_t> order(calls.size());
    std::iota(order.begin(), order.end(), 0);
    if (all_kinds)
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return calls[a].statistics.total > calls[b].statistics.total;
        });
    const std::size_t coloured = all_kinds ? std::min(order.size(), kColoured) : order.size();
    line.has_others = coloured < order.size();
    std::map<CallKey, std::size_t> entries;
    LegendEntry others{fmt::format("{} others", order.size() - coloured), 0, kOthersColour};
    for (std::size_t i = 0; i < order.size(); ++i) {
        const Ranked& call = calls[order[i]];
        entries[{call.statistics.abi, call.statistics.nr}] = std::min(i, coloured);
        if (i < coloured) line.legend.push_back({call.name, call.statistics.calls, colour_of(call.name)});
        else others.calls += call.statistics.calls;
    }
    if (line.has_others) line.legend.push_back(others);
    return entries;
}

Flight flight_of(const Call& call, const ReportContext& context) {
    Flight flight;
    flight.panicked = context.panicked != 0 && call.tid == context.panicked;
    TextBuffer text;
    fmt::format_to(std::back_inserter(text), "{} ", call.tid);
    std::string state;
    if (const TaskNote* note = context.notes == nullptr ? nullptr : context.notes->find(call.tid)) {
        append_c_escaped(text, note->command);
        text.push_back(' ');
        state = ", " + note->state;
        flight.panicked |= note->panicked;
        flight.blocked = note->state == "UN";
    }
    append_call(text, context,
                {call.abi, call.nr, own_arguments(context, call.abi, call.nr, call.args), file_name_of(call)});
    flight.text = {text.data(), text.size()};
    TextBuffer since;
    context.clock.append(since, call.start);
    const Nanos duration = context.end > call.start ? context.end - call.start : 0;
    flight.detail = fmt::format("in flight since {}, for {}{}", std::string_view(since.data(), since.size()),
                                duration_text(duration), state);
    return flight;
}

/// The order in which flights get a label, if there is no room for all.
bool matters_more(const Flight& a, const Flight& b) {
    return std::tuple(a.panicked, a.blocked, a.nanos) > std::tuple(b.panicked, b.blocked, b.nanos);
}

std::size_t part(double place, std::size_t count) {
    return static_cast<std::size_t>(
        std::clamp(place * static_cast<double>(count), 0.0, static_cast<double>(count - 1)));
}

}  // namespace

std::size_t size_of(std::uint32_t count) {
    std::size_t size = 0;
    for (; count >= 10 && size + 1 < kSizes; count /= 10) ++size;
    return size;
}

void Cells::add(std::size_t column, std::size_t row, std::uint64_t count) {
    if (counts_.empty()) counts_.assign(columns_ * rows_, 0);
    std::uint32_t& cell = counts_[row * columns_ + column];
    cell = static_cast<std::uint32_t>(std::min<std::uint64_t>(cell + count, std::numeric_limits<std::uint32_t>::max()));
}

Cells Cells::coarser(bool wider) const {
    const std::size_t by_column = wider ? 2 : 1;
    const std::size_t by_row = wider ? 1 : 2;
    Cells cells((columns_ + by_column - 1) / by_column, (rows_ + by_row - 1) / by_row);
    if (counts_.empty()) return cells;
    for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t column = 0; column < columns_; ++column)
            if (const std::uint32_t count = at(column, row)) cells.add(column / by_column, row / by_row, count);
    return cells;
}

std::vector<std::size_t> TimeLine::order() const {
    std::vector<std::size_t> order(legend.size());
    std::iota(order.begin(), order.end(), 0);
    const auto is_others = [&](std::size_t entry) { return has_others && entry + 1 == legend.size(); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(is_others(a), legend[a].calls) > std::pair(is_others(b), legend[b].calls);
    });
    return order;
}

void TimeLine::each_dot(Dot dot, const DotSink& sink) const {
    const std::vector<Cells>& layer = layers[static_cast<std::size_t>(dot)];
    const std::vector<std::size_t> drawn = order();
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t column = 0; column < columns; ++column) {
            std::size_t above = 0;  // 1 more than the size of the largest dot that lies above
            for (auto entry = drawn.rbegin(); entry != drawn.rend(); ++entry) {
                const std::uint32_t count = layer[*entry].at(column, row);
                if (count == 0 || size_of(count) + 1 <= above) continue;
                above = size_of(count) + 1;
                sink(*entry, column, row, count);
            }
        }
}

std::size_t TimeLine::dots() const {
    std::size_t sum = 0;
    for (std::size_t dot = 0; dot < kDots; ++dot)
        each_dot(static_cast<Dot>(dot), [&](std::size_t, std::size_t, std::size_t, std::uint32_t) { ++sum; });
    return sum;
}

void TimeLine::limit(std::size_t most) {
    for (bool wider = true; columns * rows > 1 && dots() > most; wider = !wider) {
        for (std::vector<Cells>& layer : layers)
            for (Cells& cells : layer) cells = cells.coarser(wider);
        std::size_t& side = wider ? columns : rows;
        side = (side + 1) / 2;
    }
}

double TimeLine::second_of(std::size_t column) const {
    return seconds * (static_cast<double>(column) + 0.5) / static_cast<double>(columns);
}

double TimeLine::nanos_of(std::size_t row) const {
    return std::pow(10, low + (static_cast<double>(row) + 0.5) / static_cast<double>(rows) * (high - low));
}

std::size_t TimeLine::column_of(double second) const { return part(second / seconds, columns); }
std::size_t TimeLine::row_of(double nanos) const { return part((level(nanos) - low) / (high - low), rows); }

Result<TimeLine> draw_time_line(const Recording& recording, const GraphRequest& request, const Figures& figures,
                                const Extent& extent, std::size_t columns, std::size_t rows) {
    TimeLine line{.from = extent.from, .columns = columns, .rows = rows};
    const auto entries = make_legend(line, figures, !request.mode->top);
    for (std::vector<Cells>& layer : line.layers) layer.assign(line.legend.size(), Cells(columns, rows));
    line.seconds = static_cast<double>(extent.until - extent.from) / 1e9;
    line.end = static_cast<double>(extent.end - std::min(extent.end, extent.from)) / 1e9;
    // A margin, and a decade at least, so that an axis has marks where all calls take as long.
    const double least = level(static_cast<double>(extent.shortest));
    const double most = level(static_cast<double>(extent.longest));
    const double margin = std::max(0.03 * (most - least), (1 - (most - least)) / 2);
    line.low = least - margin;
    line.high = most + margin;

    const auto trust = CallPass(recording, request).run([&](const Call& call, const ReportContext& context) {
        if (call.state == CallState::ChildReturn) return;
        const auto entry = entries.find({call.abi, call.nr});
        const auto moment = moment_of(call, context.end);
        if (entry == entries.end() || !moment) return;
        const auto nanos = static_cast<double>(std::max<Nanos>(moment->duration, 1));
        // What began before the left edge stands at it.
        const double second = static_cast<double>(std::max(call.start, extent.from) - extent.from) / 1e9;
        if (call.state == CallState::InFlight) {
            Flight flight = flight_of(call, context);
            flight.second = second;
            flight.nanos = nanos;
            flight.entry = entry->second;
            line.flights.push_back(std::move(flight));
            return;
        }
        const auto dot = static_cast<std::size_t>(dot_of(call));
        ++line.counts[dot];
        line.layers[dot][entry->second].add(line.column_of(second), line.row_of(nanos));
    });
    if (!trust) return trust.error();
    std::stable_sort(line.flights.begin(), line.flights.end(), matters_more);
    return line;
}

}  // namespace kstrax
