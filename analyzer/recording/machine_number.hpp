// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of 1, 2, 4 or 8 bytes as the recording machine writes them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "analyzer/base/bytes.hpp"

namespace kstrax {

namespace machine_number_detail {

template <typename T>
std::uint64_t load(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

/// The last `size` bytes of a number stand first.
inline std::uint64_t turned(std::uint64_t value, std::size_t size) {
    return __builtin_bswap64(value) >> (64 - 8 * size);
}

}  // namespace machine_number_detail

[[nodiscard]] inline bool is_number_size(std::size_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

/// Precondition: is_number_size(size), and so many bytes are there.
[[nodiscard]] inline std::uint64_t load_number(const std::byte* at, std::size_t size, std::endian order) {
    using namespace machine_number_detail;
    const std::uint64_t value = size == 8   ? load<std::uint64_t>(at)
                                : size == 4 ? load<std::uint32_t>(at)
                                : size == 2 ? load<std::uint16_t>(at)
                                            : load<std::uint8_t>(at);
    return order == std::endian::little ? value : turned(value, size);
}

/// The same, of a number with a sign.
[[nodiscard]] inline std::int64_t with_sign(std::uint64_t value, std::size_t size) {
    const auto unused = static_cast<unsigned>(64 - 8 * size);
    return static_cast<std::int64_t>(value << unused) >> unused;
}

/// Precondition: as load_number()'s.
inline void store_number(std::byte* at, std::uint64_t value, std::size_t size, std::endian order) {
    if (order == std::endian::big) value = machine_number_detail::turned(value, size);
    std::memcpy(at, &value, size);
}

}  // namespace kstrax
