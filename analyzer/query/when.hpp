// SPDX-License-Identifier: GPL-2.0-or-later
// Moments that only a recording can place: with a date, or so long before its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/query/expression.hpp"

namespace kstrax {

struct When {
    std::string words;      ///< as a sentence says it: "from -5s"
    Comparison comparison;  ///< Equal, GreaterOrEqual or LessOrEqual
    bool before_end;        ///< the range counts back from the end; else from 1970 on the wall
    Range range;            ///< nanoseconds

    [[nodiscard]] bool holds(std::int64_t moment) const;
};

/// "-5s", "2026-11-22", "2026-11-22 03:34:2" (or with a T); none for anything else, as a time of day.
[[nodiscard]] std::optional<When> parse_when(std::string_view text);

}  // namespace kstrax
