// SPDX-License-Identifier: GPL-2.0-or-later
// System calls by number, as users write them and as reports name what no table has.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/base/parse_number.hpp"
#include "formats/record.hpp"

namespace kstrax {

/// 472; none where it is no number that an entry can hold.
[[nodiscard]] inline std::optional<std::uint16_t> call_number(std::string_view text) {
    const auto nr = parse_number<std::uint16_t>(text);
    return nr && *nr < kCallNumbers ? nr : std::nullopt;
}

/// A number as a record holds it.
[[nodiscard]] inline std::uint16_t stored_number(std::uint64_t number) {
    return static_cast<std::uint16_t>(number < kNrTooBig ? number : kNrTooBig);
}

inline constexpr std::string_view kUnnamedCall = "syscall_";

/// "syscall_472" is what reports call number 472 where its table has no name for it.
[[nodiscard]] inline std::optional<std::uint16_t> unnamed_call_number(std::string_view name) {
    return name.starts_with(kUnnamedCall) ? call_number(name.substr(kUnnamedCall.size())) : std::nullopt;
}

/// What reports call a number that the kernel did not give, or that an entry cannot hold.
inline constexpr std::string_view kUnknownCall = "unknown";

}  // namespace kstrax
