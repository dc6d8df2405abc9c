// SPDX-License-Identifier: GPL-2.0-or-later
// Words and pointers out of the dumped kernel's memory.
#pragma once

#include <optional>

#include "analyzer/address/kernel_space.hpp"

namespace kstrax {

class KernelReader {
  public:
    explicit KernelReader(KernelSpace& space) : space_(space) {}

    [[nodiscard]] std::uint8_t word_size() const { return space_.architecture().word_size; }
    [[nodiscard]] bool read(std::uint64_t at, MutableBytes out) { return space_.read({at}, out).ok(); }
    /// A number of 1 to 8 bytes; none where memory is not there.
    [[nodiscard]] std::optional<std::uint64_t> number(std::uint64_t at, std::uint64_t size) {
        std::uint64_t value = 0;
        if (size > sizeof value) return std::nullopt;
        if (!read(at, std::as_writable_bytes(std::span(&value, 1)).first(static_cast<std::size_t>(size))))
            return std::nullopt;
        return value;
    }
    [[nodiscard]] std::optional<std::uint64_t> pointer(std::uint64_t at) { return number(at, word_size()); }

  private:
    KernelSpace& space_;
};

}  // namespace kstrax
