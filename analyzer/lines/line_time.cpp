// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lines/line_time.hpp"

#include <algorithm>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/query/literal.hpp"
#include "analyzer/wording/clock_lines.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

/// 101.0002: not more than 64 bits of nanoseconds.
std::optional<LineTime> parse_seconds(std::string_view word) {
    const std::size_t point = word.find('.');
    if (point == word.npos || point == 0) return std::nullopt;
    const std::string_view fraction = word.substr(point + 1);
    if (fraction.empty() || fraction.size() > kMostDigits) return std::nullopt;
    const auto whole = parse_number<std::uint64_t>(word.substr(0, point));
    auto part = parse_number<std::uint64_t>(fraction);
    if (!whole || !part) return std::nullopt;
    LineTime time{LineTime::Form::Seconds, 0, static_cast<unsigned>(fraction.size())};
    *part *= static_cast<std::uint64_t>(unit_of(time.digits));
    if (__builtin_mul_overflow(*whole, kSecond, &time.nanos) || __builtin_add_overflow(time.nanos, *part, &time.nanos))
        return std::nullopt;
    return time;
}

std::optional<LineTime> parse_of_day(std::string_view word) {
    constexpr std::size_t kShortest = 8;  // hh:mm:ss
    if (word.size() < kShortest || word[2] != ':' || word[5] != ':') return std::nullopt;
    if (word.size() > kShortest && (word[kShortest] != '.' || word.back() == '.')) return std::nullopt;
    const auto range = parse_time_of_day(word);
    if (!range) return std::nullopt;
    const std::size_t digits = word.size() == kShortest ? 0 : word.size() - kShortest - 1;
    return LineTime{LineTime::Form::OfDay, static_cast<std::uint64_t>(range->first), static_cast<unsigned>(digits)};
}

/// The word of the text that ends where `end` begins.
std::string_view word_before(std::string_view text, std::string_view end) {
    const std::size_t at = text.find(end);
    if (at == text.npos) return {};
    const std::string_view rest = text.substr(0, at);
    return rest.substr(rest.rfind(' ') + 1);  // npos + 1 is 0
}

}  // namespace

std::int64_t unit_of(unsigned digits) {
    std::int64_t unit = 1;
    for (unsigned i = digits; i < kMostDigits; ++i) unit *= 10;
    return unit;
}

std::optional<LineTime> parse_line_time(std::string_view word) {
    if (word.starts_with('+') || word.starts_with('-')) {
        auto time = parse_seconds(word.substr(1));
        if (time) time->form = LineTime::Form::Difference;
        return time;
    }
    return word.find(':') != word.npos ? parse_of_day(word) : parse_seconds(word);
}

LineClock parse_heading(std::string_view line) {
    constexpr std::string_view kTimes = "; times are ";
    LineClock clock;
    const std::size_t at = line.rfind(kTimes);  // a host may have any name, but it stands before
    if (at == line.npos) return clock;
    std::string_view times = line.substr(at + kTimes.size());
    const bool monotonic = times.starts_with(kMonotonicTimes);
    if (!monotonic && !times.starts_with(kRelativeTimes)) return clock;
    times.remove_prefix(monotonic ? kMonotonicTimes.size() : kRelativeTimes.size());
    if (times.starts_with(kZeroIs)) times.remove_prefix(kZeroIs.size());
    if (monotonic) clock.zero_monotonic = 0;
    else if (const auto zero = parse_seconds(word_before(times, kOfMonotonicClock))) clock.zero_monotonic = zero->nanos;
    const std::string_view wall = word_before(times, " UTC");
    // Of a recording without a wall clock, times of day count from the monotonic one's zero.
    if (wall.empty()) clock.zero_of_day = clock.zero_monotonic;
    else if (const auto zero = parse_of_day(wall)) clock.zero_of_day = zero->nanos;
    return clock;
}

std::optional<LineClock::Step> parse_clock_step(std::string_view line) {
    if (!line.starts_with(kClockSetAt)) return std::nullopt;
    line.remove_prefix(kClockSetAt.size());
    const auto from = parse_seconds(line.substr(0, line.find(' ')));
    const std::size_t at = line.find(kClockSetBy);
    if (!from || at == line.npos) return std::nullopt;
    line.remove_prefix(at + kClockSetBy.size());
    const auto by = parse_line_time(line.substr(0, line.find(' ')));
    if (!by || by->form != LineTime::Form::Difference) return std::nullopt;
    constexpr auto kDay = static_cast<std::uint64_t>(kNanosPerDay);
    const std::uint64_t within = by->nanos % kDay;
    return LineClock::Step{from->nanos, line.front() == '-' ? (kDay - within) % kDay : within};
}

std::uint64_t LineClock::stepped_by(std::uint64_t monotonic) const {
    std::uint64_t sum = 0;
    for (const Step& step : steps)  // those before the zero are in it
        if (step.from > *zero_monotonic && step.from <= monotonic)
            sum = (sum + step.by) % static_cast<std::uint64_t>(kNanosPerDay);
    return sum;
}

KnownClocks known_clocks(const LineTime& time, const LineClock& clock) {
    if (time.form != LineTime::Form::Seconds) return {time.form == LineTime::Form::OfDay, false};
    const auto unit = static_cast<std::uint64_t>(unit_of(time.digits));
    const auto known = [&](const std::optional<std::uint64_t>& zero) { return zero && *zero % unit == 0; };
    const bool steps_known = clock.steps.empty() ||
                             (clock.zero_monotonic &&
                              std::ranges::all_of(clock.steps, [&](const auto& step) { return step.by % unit == 0; }));
    return {known(clock.zero_of_day) && steps_known, known(clock.zero_monotonic)};
}

}  // namespace kstrax
