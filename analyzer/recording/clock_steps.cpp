// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/clock_steps.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/recording/recording.hpp"

namespace kstrax {

void ClockSteps::add(ClockStep step) {
    if (!steps_.empty() && step.from < steps_.back().from) return;
    if (steps_.empty()) missing_before_ = step.number;
    steps_.push_back(step);
    missing_later_ = count_ - missing_before_ - steps_.size();
}

const ClockStep* ClockSteps::find(Nanos time) const {
    return &*std::prev(std::ranges::upper_bound(steps_, time, {}, &ClockStep::from));
}

Nanos ClockSteps::next(Nanos time) const {
    const auto next = std::ranges::upper_bound(steps_, time, {}, &ClockStep::from);
    return next == steps_.end() ? std::numeric_limits<Nanos>::max() : next->from;
}

void add_clock_damage(Recording& recording) {
    const ClockSteps& clock = recording.clock;
    constexpr std::uint64_t kSecond = 1'000'000'000;
    constexpr std::uint64_t kAgrees = 1'000'000;  // the two clocks are read one after the other
    const auto say = [&](FindingId id, std::string text, std::uint64_t count = 1) {
        recording.findings.add(id, std::move(text), count);
    };
    if (clock.missing_before() > 0 && clock.steps().empty())
        say(FindingId::ClockSetUnknown,
            fmt::format("the wall clock was set {} times, and how is not known: wall times may be wrong",
                        clock.missing_before()),
            clock.missing_before());
    else if (clock.missing_before() > 0)
        say(FindingId::ClockSetUnknown,
            fmt::format("the wall clock was set {} times before {}.{:09} of the monotonic clock, and how is not known: "
                        "wall times before that may be wrong",
                        clock.missing_before(), clock.steps().front().from / kSecond,
                        clock.steps().front().from % kSecond),
            clock.missing_before());
    if (clock.missing_later() > 0)
        say(FindingId::ClockSetUnknown,
            fmt::format(
                "of {} settings of the wall clock it is not known how: wall times behind the first known one may "
                "be wrong",
                clock.missing_later()),
            clock.missing_later());
    if (recording.end.time_ns == 0 || clock.end_offset_ns() == 0) return;
    const std::uint64_t known =
        static_cast<std::uint64_t>(recording.wall_ns(recording.end.time_ns)) - recording.end.time_ns;
    const std::uint64_t ahead = static_cast<std::uint64_t>(clock.end_offset_ns()) - known;
    const std::uint64_t apart = std::min(ahead, 0 - ahead);
    if (apart > kAgrees)
        say(FindingId::ClockApart,
            fmt::format(
                "at the end the wall clock was {}.{:09} s {} what is known of it: wall times may be wrong by as much",
                apart / kSecond, apart % kSecond, ahead == apart ? "ahead of" : "behind"));
}

}  // namespace kstrax
