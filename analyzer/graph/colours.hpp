// SPDX-License-Identifier: GPL-2.0-or-later
// Each call's own colour: by its name alone, so that it is the same in every picture.
#pragma once

#include <cstdint>
#include <string_view>

namespace kstrax {

/// 0xRRGGBB; dark enough to be seen on white. `name`: as pictures have it, "read" or "compat:read".
/// Frequent calls have colours that were chosen to differ; those of others may come close to these.
[[nodiscard]] std::uint32_t colour_of(std::string_view name);

/// Of what stands for many kinds of call.
inline constexpr std::uint32_t kOthersColour = 0xb8b8b8;

}  // namespace kstrax
