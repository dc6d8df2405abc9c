// SPDX-License-Identifier: GPL-2.0-or-later
// How long the calls of one kind took: a line a power of two, with bars.
#include <algorithm>
#include <bit>

#include "analyzer/sinks/line_column.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kBarWidth = 40;

struct Row {
    Nanos from;
    Nanos to;  ///< not in it
    std::uint64_t calls;
    std::uint64_t most;  // of all rows
};

constexpr std::array kLine{
    LineColumn<Row>{{"from_ns", [](const Row& r) -> Value { return r.from; }},
                    {.heading = "from", .width = 17, .before = "", .unit = Unit::Microseconds}},
    LineColumn<Row>{{"to_ns", [](const Row& r) -> Value { return r.to; }},
                    {.heading = "to", .width = 17, .unit = Unit::Microseconds}},
    LineColumn<Row>{{"calls", [](const Row& r) -> Value { return r.calls; }}, {.heading = "calls", .width = 9}},
};
constexpr auto kColumns = columns_of(kLine);

void append_text(TextBuffer& out, const Row& row) {
    const auto share = static_cast<double>(row.calls) / static_cast<double>(std::max<std::uint64_t>(row.most, 1));
    auto length = static_cast<std::size_t>(share * kBarWidth + 0.5);
    if (row.calls > 0) length = std::max<std::size_t>(length, 1);  // what is rare is seen as well
    append_cells<Row>(out, kLine, row);
    fmt::format_to(std::back_inserter(out), "  |{:<{}}|", std::string(length, '#'), kBarWidth);
}

constexpr RowForm<Row> kForm{kColumns, "", append_text};

}  // namespace

ReportBody histogram_report(ReportContext& context, SinkOutput& output) {
    Sketch durations;
    ReportBody body;
    body.trust = pair_recording(context, [&](const Call& call) {
        if (call.state == CallState::Complete) durations.add(duration_of(call, context.end).value_or(0));
    });
    constexpr unsigned kLastPower = 63;
    unsigned first = 0;
    while (first < kLastPower && durations.of_power_of_two(first) == 0) ++first;
    unsigned last = kLastPower;
    while (last > 0 && durations.of_power_of_two(last) == 0) --last;
    std::uint64_t most = 0;
    for (unsigned power = first; power <= last; ++power) most = std::max(most, durations.of_power_of_two(power));
    RowWriter<Row> writer(kForm, output, heading_of<Row>(kLine));
    for (unsigned power = first; durations.count() > 0 && power <= last; ++power) {
        const Nanos to = power == kLastPower ? ~Nanos{0} : Nanos{2} << power;
        writer.put({power == 0 ? 0 : Nanos{1} << power, to, durations.of_power_of_two(power), most});
        ++body.rows;
    }
    return body;
}

}  // namespace kstrax
