// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers in text.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kstrax {

/// Takes the number that `text` begins with off it; none, and nothing taken, where it begins with none.
template <typename T>
std::optional<T> take_number(std::string_view& text, int base = 10) {
    T number{};
    std::from_chars_result parsed{};
    if constexpr (std::floating_point<T>) parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    else parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (parsed.ec != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    return number;
}

/// None where the text is not wholly such a number.
template <typename T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
    const auto number = take_number<T>(text, base);
    return text.empty() ? number : std::nullopt;
}

/// An address as people write it: hexadecimal, with or without 0x.
inline std::optional<std::uint64_t> parse_hexadecimal(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    return parse_number<std::uint64_t>(text, 16);
}

}  // namespace kstrax
