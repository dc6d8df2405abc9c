// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers as the user writes them.
#pragma once

#include <charconv>
#include <optional>
#include <string>

namespace kstrax {

/// None where the text is not wholly such a number.
template <typename T>
std::optional<T> parse_number(const std::string& text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace kstrax
