// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/scale.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

constexpr Nanos kSecond = 1'000'000'000;

struct Unit {
    double size;
    std::string_view name;
};
constexpr std::array kTimes{Unit{1, " ns"}, Unit{1e3, " µs"}, Unit{1e6, " ms"}, Unit{1e9, " s"}};
constexpr std::array kCounts{Unit{1, ""}, Unit{1e3, "k"}, Unit{1e6, "M"}, Unit{1e9, "G"}, Unit{1e12, "T"}};

std::string with_unit(double value, std::span<const Unit> units) {
    std::size_t unit = 0;
    // 999.5 would be shown as 1000.
    while (unit + 1 < units.size() && value >= 999.5 * units[unit].size) ++unit;
    const double scaled = value / units[unit].size;
    const int decimals = unit == 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
    std::string text = fmt::format("{:.{}f}", scaled, decimals);
    if (decimals > 0) text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text.append(units[unit].name);
}

/// Round steps of a clock, in nanoseconds: 1, 2, 5, … of decimals up to seconds,
/// then of minutes, hours and days.
std::vector<Nanos> clock_steps() {
    std::vector<Nanos> steps;
    for (Nanos decade = 1; decade < kSecond; decade *= 10)
        for (const Nanos digit : {1, 2, 5}) steps.push_back(digit * decade);
    for (const Nanos unit : {kSecond, 60 * kSecond})
        for (const Nanos count : {1, 2, 5, 10, 15, 30}) steps.push_back(count * unit);
    for (const Nanos hours : {1, 2, 3, 6, 12}) steps.push_back(hours * 3600 * kSecond);
    for (Nanos decade = 86400 * kSecond; decade < std::numeric_limits<Nanos>::max() / 50; decade *= 10)
        for (const Nanos digit : {1, 2, 5}) steps.push_back(digit * decade);
    return steps;
}

/// Digits behind a second's point that tell multiples of the step apart.
std::size_t decimals_of(Nanos step) {
    std::size_t decimals = 9;
    for (Nanos unit = 10; decimals > 0 && step % unit == 0; unit *= 10) --decimals;
    return decimals;
}

}  // namespace

std::string duration_text(Nanos duration) { return with_unit(static_cast<double>(duration), kTimes); }
std::string count_text(std::uint64_t count) { return with_unit(static_cast<double>(count), kCounts); }

std::vector<Mark> log_marks(double low, double high, bool is_time, std::size_t most) {
    const auto units = is_time ? std::span<const Unit>(kTimes) : std::span<const Unit>(kCounts);
    const int first = std::max(0, static_cast<int>(std::floor(std::log10(low))));
    const int last = static_cast<int>(std::ceil(std::log10(high)));
    std::vector<Mark> marks;
    const auto add = [&](double value) {
        if (value >= low && value <= high) marks.push_back({value, with_unit(value, units)});
    };
    const int step = 1 + (last - first) / static_cast<int>(most);
    for (int decade = first; decade <= last; decade += step) add(std::pow(10, decade));
    if (marks.size() >= 3 || last - first > 3) return marks;
    marks.clear();
    for (int decade = first; decade <= last; ++decade)
        for (const double digit : {1, 2, 5}) add(digit * std::pow(10, decade));
    return marks;
}

std::vector<Mark> linear_marks(double high, bool is_time, std::size_t most) {
    const auto units = is_time ? std::span<const Unit>(kTimes) : std::span<const Unit>(kCounts);
    std::vector<Mark> marks;
    for (double decade = 1; marks.empty(); decade *= 10)
        for (const double digit : {1, 2, 5}) {
            const double step = digit * decade;
            if (!marks.empty() || high / step > static_cast<double>(most) - 1) continue;
            for (double at = 0; at <= high; at += step) marks.push_back({at, at == 0 ? "0" : with_unit(at, units)});
        }
    return marks;
}

std::vector<Mark> time_marks(const Recording& recording, const TimeStyle& times, Nanos from, Nanos to,
                             std::size_t most) {
    const ReportClock clock(recording, times);
    const WallClock wall(recording, times.local);
    const Nanos range = to > from ? to - from : 0;
    const std::vector<Nanos> steps = clock_steps();
    Nanos step = steps.back();
    for (const Nanos candidate : steps) {
        if (range / candidate > most - 1) continue;
        step = candidate;
        break;
    }
    const auto signed_step = static_cast<std::int64_t>(step);
    const std::int64_t past =
        ((recording.wall_ns(from) + wall.ahead_ns(from)) % signed_step + signed_step) % signed_step;
    std::vector<Mark> marks;
    for (Nanos at = past == 0 ? 0 : step - static_cast<Nanos>(past); at <= range && marks.size() < most; at += step) {
        TextBuffer text;
        clock.append(text, from + at);
        const std::size_t decimals = decimals_of(step);
        std::string_view whole(text.data(), decimals == 0 ? 8 : 9 + decimals);
        // Of a recording that is not described, seconds stand in the same columns.
        whole.remove_prefix(std::min(whole.find_first_not_of(' '), whole.size()));
        marks.push_back({static_cast<double>(at) / 1e9, std::string(whole)});
    }
    return marks;
}

}  // namespace kstrax
