// SPDX-License-Identifier: GPL-2.0-or-later
// Each call's own colour: by its name alone, so that it is the same in every picture.
#pragma once

#include <cstdint>
#include <string_view>

namespace kstrax {

/// 0xRRGGBB; dark enough to be seen on white. `name`: the name in pictures, "read" or "compat:read".
/// Frequent calls have colours that differ clearly; the colours of other calls may come close to them.
[[nodiscard]] std::uint32_t colour_of(std::string_view name);

/// The colour for many kinds of call together.
inline constexpr std::uint32_t kOthersColour = 0xb8b8b8;

}  // namespace kstrax
