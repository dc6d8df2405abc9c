// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/wording/clock_lines.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kShown = 4;  // steps in a summary

/// A step and what was true before it.
struct Change {
    ClockStep step;
    std::int64_t before;

    /// Modulo 2^64, as wall times are.
    [[nodiscard]] std::int64_t wall(std::int64_t offset) const {
        return static_cast<std::int64_t>(step.from + static_cast<std::uint64_t>(offset));
    }
    void append_by(TextBuffer& out) const {
        const std::uint64_t by = static_cast<std::uint64_t>(step.offset_ns) - static_cast<std::uint64_t>(before);
        const bool back = static_cast<std::int64_t>(by) < 0;
        const std::uint64_t size = back ? 0 - by : by;
        fmt::format_to(std::back_inserter(out), "{}{}.{:09} s", back ? '-' : '+', size / kSecond, size % kSecond);
    }
};

template <typename Function>
void each_change(const Recording& recording, Function function) {
    std::int64_t before = recording.start_offset_ns();
    for (const ClockStep& step : recording.clock.steps()) {
        function(Change{step, before});
        before = step.offset_ns;
    }
}

}  // namespace

void append_clock_comments(TextBuffer& out, const Recording& recording) {
    each_change(recording, [&](const Change& change) {
        append(out, kClockSetAt);
        fmt::format_to(std::back_inserter(out), "{}.{:09}", change.step.from / kSecond, change.step.from % kSecond);
        append(out, kOfMonotonicClock);
        append(out, kClockSetBy);
        change.append_by(out);
        append(out, ", from ");
        append_exact_date_time(out, change.wall(change.before));
        append(out, " to ");
        append_exact_date_time(out, change.wall(change.step.offset_ns));
        append(out, " UTC\n");
    });
}

void append_clock_summary(TextBuffer& out, const Recording& recording) {
    const std::size_t count = recording.clock.steps().size();
    std::size_t n = 0;
    if (count > kShown) fmt::format_to(std::back_inserter(out), "{:<10} set {} times, at last\n", "clock", count);
    each_change(recording, [&](const Change& change) {
        if (n++ + kShown < count) return;
        fmt::format_to(std::back_inserter(out), "{:<10} set by ", n == 1 ? "clock" : "");
        change.append_by(out);
        append(out, ", from ");
        append_date_time(out, change.wall(change.before));
        append(out, " to ");
        append_date_time(out, change.wall(change.step.offset_ns));
        append(out, " UTC\n");
    });
}

std::optional<FactObject> clock_facts(const Recording& recording) {
    const ClockSteps& clock = recording.clock;
    if (!clock.watched()) return std::nullopt;
    FactList steps;
    each_change(recording, [&](const Change& change) {
        steps.members.push_back({"", FactObject{{{"from_ns", Value(change.step.from)},
                                                 {"offset_ns", Value(std::int64_t{change.step.offset_ns})}}}});
    });
    return FactObject{{{"start_offset_ns", Value(std::int64_t{recording.start_offset_ns()})},
                       number_fact("missing_steps", clock.missing_before() + clock.missing_later()),
                       {"steps", std::move(steps)}}};
}

}  // namespace kstrax
