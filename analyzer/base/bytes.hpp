// SPDX-License-Identifier: GPL-2.0-or-later
// Reading numbers and fixed records out of bytes that nobody has checked.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace kstrax {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

static_assert(std::endian::native == std::endian::little, "records are copied as they lie in memory");

/// The part [offset, offset + size) of `bytes`; none if it does not lie within.
[[nodiscard]] inline std::optional<Bytes> slice(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
    return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

/// A record of plain numbers copied out of `bytes`, whatever its alignment there.
template <typename T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::optional<T> copy_record(Bytes bytes, std::uint64_t offset = 0) {
    const auto part = slice(bytes, offset, sizeof(T));
    if (!part) return std::nullopt;
    T record;
    std::memcpy(&record, part->data(), sizeof(T));
    return record;
}

/// The bytes of a record of plain numbers.
template <typename T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] Bytes bytes_of(const T& record) { return std::as_bytes(std::span<const T, 1>(&record, 1)); }

[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
    return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// The text of a fixed array up to its first NUL, or all of it.
[[nodiscard]] inline std::string_view bounded_text(std::string_view array) { return array.substr(0, array.find('\0')); }

/// Fields of a header by their offset. A field outside reads as 0 and is
/// remembered: check ok() once, after the last field.
class FieldReader {
  public:
    explicit FieldReader(Bytes bytes, std::endian order = std::endian::little) : bytes_(bytes), order_(order) {}

    [[nodiscard]] std::uint16_t u16(std::uint64_t offset) { return get<std::uint16_t>(offset); }
    [[nodiscard]] std::uint32_t u32(std::uint64_t offset) { return get<std::uint32_t>(offset); }
    [[nodiscard]] std::uint64_t u64(std::uint64_t offset) { return get<std::uint64_t>(offset); }
    [[nodiscard]] bool ok() const { return ok_; }

  private:
    template <std::unsigned_integral T>
    T get(std::uint64_t offset) {
        const auto part = slice(bytes_, offset, sizeof(T));
        if (!part) {
            ok_ = false;
            return 0;
        }
        T value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            const std::size_t at = order_ == std::endian::little ? sizeof(T) - 1 - i : i;
            value = static_cast<T>((value << 8) | std::to_integer<T>((*part)[at]));
        }
        return value;
    }

    Bytes bytes_;
    std::endian order_;
    bool ok_ = true;
};

/// a * b and a + b where they fit 64 bits; none where a hostile size would wrap.
[[nodiscard]] inline std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}
[[nodiscard]] inline std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

}  // namespace kstrax
