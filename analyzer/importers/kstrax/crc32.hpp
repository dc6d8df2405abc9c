// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <libdeflate.h>

#include <cstdint>

#include "analyzer/base/bytes.hpp"

namespace kstrax {

/// zlib's CRC-32, as the kernel's crc32_le(~0, …) ^ ~0. Continue with the last result.
[[nodiscard]] inline std::uint32_t crc32(Bytes bytes, std::uint32_t crc = 0) {
    return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

}  // namespace kstrax
