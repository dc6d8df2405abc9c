// SPDX-License-Identifier: GPL-2.0-or-later
// The few number forms that every line of a report has, at the speed that
// millions of lines need: the general formatter took half of a report's time.
#pragma once

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "analyzer/report/escape.hpp"

namespace kstrax {

/// "00", "01", … "99": a division for every two digits.
inline constexpr auto kTwoDigits = [] {
    std::array<char, 200> digits{};
    for (std::size_t i = 0; i < 100; ++i) {
        digits[2 * i] = static_cast<char>('0' + i / 10);
        digits[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return digits;
}();

/// 0x…, without leading zeros.
inline void append_hex(TextBuffer& out, std::uint64_t value) {
    constexpr char kDigits[] = "0123456789abcdef";
    char* text = out.room(18);
    const auto digits = static_cast<std::size_t>(value == 0 ? 1 : (std::bit_width(value) + 3) / 4);
    text[0] = '0';
    text[1] = 'x';
    for (std::size_t i = 0; i < digits; ++i, value >>= 4) text[1 + digits - i] = kDigits[value & 0xf];
    out.grow_by(digits + 2);
}

/// Decimal, right-aligned in at least `width` columns.
inline void append_right(TextBuffer& out, std::uint64_t value, std::size_t width) {
    const fmt::format_int digits(value);
    const std::size_t spaces = digits.size() < width ? width - digits.size() : 0;
    char* text = out.room(spaces + digits.size());
    std::memset(text, ' ', spaces);
    std::memcpy(text + spaces, digits.data(), digits.size());
    out.grow_by(spaces + digits.size());
}

/// Decimal, with leading zeros to exactly Width digits. Precondition: it fits them.
template <std::size_t Width>
void write_zeros(char* text, std::uint64_t value) {
    std::size_t left = Width;
    for (; left >= 2; left -= 2, value /= 100) std::memcpy(text + left - 2, &kTwoDigits[value % 100 * 2], 2);
    if (left > 0) text[0] = static_cast<char>('0' + value % 10);
}
template <std::size_t Width>
void append_zeros(TextBuffer& out, std::uint64_t value) {
    write_zeros<Width>(out.room(Width), value);
    out.grow_by(Width);
}

}  // namespace kstrax
