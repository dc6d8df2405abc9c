// SPDX-License-Identifier: GPL-2.0-or-later
// Lists in text.
#pragma once

#include <algorithm>
#include <functional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace kstrax {

/// "a, b or c": of each element what `text_of` (a member or a function) gives; `last` stands before the last one.
template <typename Range, typename TextOf>
std::string list_of(const Range& range, TextOf text_of, std::string_view between, std::string_view last) {
    std::string list;
    auto left = std::ranges::size(range);
    for (const auto& one : range) {
        if (left != std::ranges::size(range)) list += left == 1 ? last : between;
        list += std::invoke(text_of, one);
        --left;
    }
    return list;
}

template <typename Range, typename TextOf>
std::string list_of(const Range& range, TextOf text_of, std::string_view between = ", ") {
    return list_of(range, text_of, between, between);
}

/// The parts between the commas, empty ones too: one more than there are commas.
inline std::vector<std::string_view> split_at_commas(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

}  // namespace kstrax
