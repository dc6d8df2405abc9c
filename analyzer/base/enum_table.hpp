// SPDX-License-Identifier: GPL-2.0-or-later
// Tables with one row for each enumerator, in the order of the enum.
#pragma once

#include <cstddef>
#include <iterator>

namespace kstrax {

/// For a static_assert: no row is at the place of another one. `key` is the member that holds the enumerator.
template <typename Rows, typename Row, typename Key>
[[nodiscard]] consteval bool in_order(const Rows& rows, Key Row::*key) {
    std::size_t place = 0;
    for (const Row& row : rows)
        if (static_cast<std::size_t>(row.*key) != place++) return false;
    return true;
}

template <typename Rows, typename Key>
[[nodiscard]] constexpr const auto& row_of(const Rows& rows, Key key) {
    return *std::next(std::begin(rows), static_cast<std::ptrdiff_t>(key));
}

}  // namespace kstrax
