// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/wall_clock.hpp"

#include <ctime>

namespace kstrax {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86400 * kSecond;
/// Zones change their clocks at quarters of an hour only.
constexpr std::int64_t kQuarter = 900 * kSecond;

std::int64_t floor_mod(std::int64_t value, std::int64_t by) {
    const std::int64_t rest = value % by;
    return rest < 0 ? rest + by : rest;
}

}  // namespace

std::int64_t LocalZone::ahead_ns(std::int64_t wall_ns) const {
    const std::int64_t quarter = wall_ns / kQuarter - (wall_ns % kQuarter < 0 ? 1 : 0);
    if (quarter == quarter_) return ahead_;
    quarter_ = quarter;
    const auto seconds = static_cast<std::time_t>(quarter * (kQuarter / kSecond));
    std::tm parts{};
    ahead_ = ::localtime_r(&seconds, &parts) == nullptr ? 0 : parts.tm_gmtoff * kSecond;
    return ahead_;
}

std::int64_t WallClock::of_day(Nanos time) const {
    const std::int64_t utc = floor_mod(recording_->wall_ns(time), kDay);
    return local_ ? floor_mod(utc + ahead_ns(time), kDay) : utc;
}

}  // namespace kstrax
