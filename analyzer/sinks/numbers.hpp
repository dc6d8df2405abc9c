// SPDX-License-Identifier: GPL-2.0-or-later
// The few number forms that every line of a report has, at the speed that
// millions of lines need: the general formatter took half of a report's time.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>

#include "analyzer/sinks/escape.hpp"

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

/// 1, 10, … 10^19
inline constexpr auto kPowersOfTen = [] {
    std::array<std::uint64_t, 20> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
    return powers;
}();

/// How many decimal digits it has; 0 has one.
inline std::size_t digits_of(std::uint64_t value) {
    // 1233 / 4096 is log10(2), near enough for 64 bits.
    const auto guess = static_cast<std::size_t>(std::bit_width(value | 1) * 1233 >> 12);
    return guess + ((value | 1) >= kPowersOfTen[guess] ? 1 : 0);
}

/// Precondition: value < 100.
inline const char* two_digits(std::uint64_t value) { return &kTwoDigits[static_cast<std::size_t>(value) * 2]; }

/// Decimal, exactly Width digits, leading zeros included. Precondition: it fits them.
template <std::size_t Width>
void write_zeros(char* text, std::uint64_t value) {
    if constexpr (Width == 1) {
        text[0] = static_cast<char>('0' + value);
    } else if constexpr (Width == 2) {
        std::memcpy(text, two_digits(value), 2);
    } else {
        // Halves, which a processor does side by side.
        constexpr std::size_t kLow = (Width / 2 + 1) / 2 * 2;
        write_zeros<Width - kLow>(text, value / kPowersOfTen[kLow]);
        write_zeros<kLow>(text + Width - kLow, value % kPowersOfTen[kLow]);
    }
}

/// Decimal, with a minus where it is less than 0.
void append_number(TextBuffer& out, std::integral auto number) {
    constexpr std::size_t kMost = 20;
    char* to = out.room(kMost);
    out.grow_by(static_cast<std::size_t>(std::to_chars(to, to + kMost, number).ptr - to));
}

/// Decimal, right-aligned in at least `width` columns, of which there are kMostRight at most.
inline constexpr std::size_t kMostRight = 16;
inline void append_right(TextBuffer& out, std::uint64_t value, std::size_t width) {
    // Most fit: one comparison with a constant. 0 has a digit, too.
    const std::size_t least = std::max<std::size_t>(width, 1);
    const std::size_t size = value < kPowersOfTen[least] ? least : digits_of(value);
    char* text = out.room(kMostRight + kPowersOfTen.size());
    std::memset(text, ' ', kMostRight);
    char* at = text + size;
    for (; value >= 100; value /= 100) std::memcpy(at -= 2, two_digits(value % 100), 2);
    if (value >= 10) std::memcpy(at - 2, two_digits(value), 2);
    else at[-1] = static_cast<char>('0' + value);
    out.grow_by(size);
}

/// A duration in the unit that fits it, cut to three digits: 999ns, 12.3us, 5.20ms, 1234s.
inline void append_short_time(TextBuffer& out, std::uint64_t nanos) {
    struct Unit {
        std::uint64_t size;
        std::string_view name;
    };
    constexpr std::array kUnits{Unit{1'000'000'000, "s"}, Unit{1'000'000, "ms"}, Unit{1000, "us"}, Unit{1, "ns"}};
    const Unit& unit =
        *std::ranges::find_if(kUnits, [&](const Unit& one) { return nanos >= one.size || one.size == 1; });
    const std::uint64_t whole = nanos / unit.size;
    append_right(out, whole, 1);
    const std::size_t digits = digits_of(whole);
    if (unit.size > 1 && digits < 3) {
        const std::uint64_t rest = nanos % unit.size * 100 / unit.size;
        out.push_back('.');
        out.append(std::string_view(two_digits(rest), 3 - digits));
    }
    out.append(unit.name);
}

/// The 8 hexadecimal digits of a number, as the bytes of another: the first digit in the highest byte.
inline std::uint64_t hex_digits(std::uint32_t value) {
    // A byte for each of its four bits…
    std::uint64_t digits = value;
    digits = (digits << 16 | digits) & 0x0000ffff0000ffff;
    digits = (digits << 8 | digits) & 0x00ff00ff00ff00ff;
    digits = (digits << 4 | digits) & 0x0f0f0f0f0f0f0f0f;
    // …and to each '0', or of 10 and more, where adding 6 carries, 'a' - 10.
    const std::uint64_t letters = (digits + 0x0606060606060606) >> 4 & 0x0101010101010101;
    return digits + 0x3030303030303030 + letters * ('a' - 10 - '0');
}

/// 0x…, without leading zeros.
inline void append_hex(TextBuffer& out, std::uint64_t value) {
    char* text = out.room(18);
    const std::size_t digits = value == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(value)) + 3) / 4;
    value <<= 4 * (16 - digits);
    text[0] = '0';
    text[1] = 'x';
    for (std::size_t at = 2; at < 2 + digits; at += 8, value <<= 32) {
        const std::uint64_t eight = __builtin_bswap64(hex_digits(static_cast<std::uint32_t>(value >> 32)));
        std::memcpy(text + at, &eight, sizeof eight);
    }
    out.grow_by(2 + digits);
}

}  // namespace kstrax
