// SPDX-License-Identifier: GPL-2.0-or-later
// The few number forms that every line of a report has, at the speed that
// millions of lines need: the general formatter took half of a report's time.
#pragma once

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>

#include "analyzer/report/escape.hpp"

namespace kstrax {

/// 0x…, without leading zeros.
inline void append_hex(TextBuffer& out, std::uint64_t value) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::array<char, 18> text;
    const auto digits = static_cast<std::size_t>(value == 0 ? 1 : (std::bit_width(value) + 3) / 4);
    text[0] = '0';
    text[1] = 'x';
    for (std::size_t i = 0; i < digits; ++i, value >>= 4) text[1 + digits - i] = kDigits[value & 0xf];
    append(out, {text.data(), digits + 2});
}

/// Decimal, right-aligned in at least `width` columns.
inline void append_right(TextBuffer& out, std::uint64_t value, std::size_t width) {
    constexpr std::string_view kSpaces = "                                ";
    const fmt::format_int digits(value);
    if (digits.size() < width) append(out, kSpaces.substr(0, width - digits.size()));
    append(out, {digits.data(), digits.size()});
}

/// Decimal, with leading zeros to exactly Width digits. Precondition: it fits them.
template <std::size_t Width>
void append_zeros(TextBuffer& out, std::uint64_t value) {
    std::array<char, Width> text;
    for (std::size_t i = Width; i-- > 0; value /= 10) text[i] = static_cast<char>('0' + value % 10);
    append(out, {text.data(), Width});
}

}  // namespace kstrax
