// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/report/moment.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "analyzer/report/numbers.hpp"

namespace kstrax {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86400 * kSecond;

std::int64_t floor_mod(std::int64_t value, std::int64_t by) { return (value % by + by) % by; }

}  // namespace

void append_time_of_day(TextBuffer& out, const Recording& recording, Nanos time) {
    if (!recording.described()) {
        fmt::format_to(std::back_inserter(out), "{:8}.{:09}", time / kSecond, time % kSecond);
        return;
    }
    const auto of_day = static_cast<std::uint64_t>(floor_mod(recording.wall_ns(time), kDay));
    const std::uint64_t seconds = of_day / kSecond;
    append_zeros<2>(out, seconds / 3600);
    out.push_back(':');
    append_zeros<2>(out, seconds / 60 % 60);
    out.push_back(':');
    append_zeros<2>(out, seconds % 60);
    out.push_back('.');
    append_zeros<9>(out, of_day % kSecond);
}

void append_date_time(TextBuffer& out, std::int64_t wall_ns) {
    using namespace std::chrono;
    // Hostile values at the ends of the range must not overflow on the way to a day's start.
    constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
    const sys_time<nanoseconds> moment{nanoseconds(std::clamp(wall_ns, -kFarthest, kFarthest))};
    const auto day = floor<days>(moment);
    const year_month_day date(day);
    const hh_mm_ss time(floor<seconds>(moment - day));
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                   time.minutes().count(), time.seconds().count());
}

}  // namespace kstrax
