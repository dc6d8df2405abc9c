// SPDX-License-Identifier: GPL-2.0-or-later
// The magics of the ring ABI, unmasked at run time: this program's own image,
// too, may lie in the memory that it scans.
#pragma once

#include <array>
#include <cstdint>

#include "formats/kstrax_abi.h"

namespace kstrax {

using Magic = std::array<std::uint8_t, KSTRAX_MAGIC_SIZE>;

/// `masked`: KSTRAX_ANCHOR_MAGIC_MASKED or KSTRAX_FRAMES_MAGIC_MASKED.
[[nodiscard]] inline Magic unmask(Magic masked) {
    const volatile std::uint8_t key = KSTRAX_MAGIC_KEY;
    for (std::uint8_t& byte : masked) byte = static_cast<std::uint8_t>(byte ^ key);
    return masked;
}

[[nodiscard]] inline Magic anchor_magic() { return unmask(KSTRAX_ANCHOR_MAGIC_MASKED); }
[[nodiscard]] inline Magic frames_magic() { return unmask(KSTRAX_FRAMES_MAGIC_MASKED); }

}  // namespace kstrax
