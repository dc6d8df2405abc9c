// SPDX-License-Identifier: GPL-2.0-or-later
// Reads what a trace.dat file says of itself, one thing behind the other.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "analyzer/base/bytes.hpp"

namespace kstrax {

/// What lies outside reads as 0 or empty, and is remembered: ask ok() in the end.
class FileCursor {
  public:
    explicit FileCursor(Bytes bytes, std::endian order, std::uint64_t at = 0) : bytes_(bytes), order_(order), at_(at) {}

    [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(sizeof(std::uint16_t))); }
    [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number(sizeof(std::uint32_t))); }
    [[nodiscard]] std::uint64_t u64() { return number(sizeof(std::uint64_t)); }

    [[nodiscard]] Bytes take(std::uint64_t size) {
        const auto part = slice(bytes_, at_, size);
        ok_ &= part.has_value();
        if (!ok_) return {};
        at_ += size;
        return *part;
    }

    /// Up to a NUL, which goes with it.
    [[nodiscard]] std::string_view text() {
        const auto rest = slice(bytes_, at_, bytes_.size() - std::min<std::uint64_t>(at_, bytes_.size()));
        const std::string_view whole = rest ? as_text(*rest) : std::string_view{};
        const std::size_t end = whole.find('\0');
        ok_ &= end != whole.npos;
        if (!ok_) return {};
        at_ += end + 1;
        return whole.substr(0, end);
    }

    [[nodiscard]] std::uint64_t at() const { return at_; }
    [[nodiscard]] bool ok() const { return ok_; }

  private:
    std::uint64_t number(std::size_t size) {
        FieldReader reader(take(size), order_);
        if (!ok_) return 0;
        return size == sizeof(std::uint16_t)   ? reader.u16(0)
               : size == sizeof(std::uint32_t) ? reader.u32(0)
                                               : reader.u64(0);
    }

    Bytes bytes_;
    std::endian order_;
    std::uint64_t at_;
    bool ok_ = true;
};

}  // namespace kstrax
