// SPDX-License-Identifier: GPL-2.0-or-later
// Values of rows that may not be known.
#pragma once

#include <optional>

#include "analyzer/sinks/value.hpp"

namespace kstrax {

template <typename T>
[[nodiscard]] Value number_or_absent(const std::optional<T>& number) {
    return number ? Value(std::uint64_t{*number}) : Value(Absent{});
}

}  // namespace kstrax
