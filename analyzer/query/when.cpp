// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/when.hpp"

#include <chrono>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/query/literal.hpp"

namespace kstrax {

namespace {

/// The first moment of YYYY-MM-DD, since 1970.
std::optional<std::int64_t> parse_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t size) {
        return parse_number<int>(text.substr(at, size)).value_or(-1);
    };
    using namespace std::chrono;
    const int month_number = number(5, 2);
    const int day_number = number(8, 2);
    if (month_number < 0 || day_number < 0) return std::nullopt;
    const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(month_number)},
                              day{static_cast<unsigned>(day_number)}};
    constexpr int kFirst = 1700;  // nanoseconds of 64 bits reach from 1678 to 2262
    constexpr int kLast = 2261;
    if (!date.ok() || static_cast<int>(date.year()) < kFirst || static_cast<int>(date.year()) > kLast)
        return std::nullopt;
    return std::int64_t{sys_days(date).time_since_epoch().count()} * kNanosPerDay;
}

}  // namespace

bool When::holds(std::int64_t moment) const {
    if (comparison == Comparison::GreaterOrEqual) return moment >= range.first;
    if (comparison == Comparison::LessOrEqual) return moment <= range.last;
    return range.first <= moment && moment <= range.last;
}

std::optional<When> parse_when(std::string_view text) {
    constexpr std::size_t kDate = 10;
    if (text.starts_with('-')) {
        const auto back = parse_duration(text.substr(1));
        return back ? std::optional(When{{}, Comparison::Equal, true, {-*back, -*back}}) : std::nullopt;
    }
    const auto day = parse_date(text.substr(0, kDate));
    if (!day) return std::nullopt;
    if (text.size() == kDate) return When{{}, Comparison::Equal, false, {*day, *day + kNanosPerDay - 1}};
    if (text[kDate] != ' ' && text[kDate] != 'T') return std::nullopt;
    const auto time = parse_time_of_day(text.substr(kDate + 1));
    if (!time) return std::nullopt;
    return When{{}, Comparison::Equal, false, {*day + time->first, *day + time->last}};
}

}  // namespace kstrax
