// SPDX-License-Identifier: GPL-2.0-or-later
// The values that a user writes in expressions and behind short filters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/base/types.hpp"

namespace kstrax {

inline constexpr std::int64_t kNanosPerDay = 86'400'000'000'000;

/// Numbers from first to last, both of them in.
struct Range {
    std::int64_t first;
    std::int64_t last;
    friend bool operator==(const Range&, const Range&) = default;
};

/// 12, -12, 0xc. Those of 64 bits that are no signed number are taken by their bits.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// 250ns, 1.5us, 10ms, 2s, 0; all in nanoseconds. Not more than 292 years, no fractions of a nanosecond.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text);

/// Nanoseconds since midnight: HH:MM:SS.fraction or any beginning of it, from its first moment to its
/// last: 03:21 is a minute long, 03:2 the ten from 03:20 on.
[[nodiscard]] std::optional<Range> parse_time_of_day(std::string_view text);

/// The number of an errno or ERESTART…, by name or by itself.
[[nodiscard]] std::optional<std::int64_t> parse_error_number(std::string_view text);

}  // namespace kstrax
