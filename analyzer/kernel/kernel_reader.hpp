// SPDX-License-Identifier: GPL-2.0-or-later
// Words and pointers out of the dumped kernel's memory.
#pragma once

#include <functional>
#include <optional>

#include "analyzer/address/kernel_space.hpp"

namespace kstrax {

class KernelReader {
  public:
    /// Fills all of `out` from an address, or answers false.
    using Read = std::function<bool(std::uint64_t at, MutableBytes out)>;

    /// `space` must outlive it.
    explicit KernelReader(KernelSpace& space)
        : architecture_(&space.architecture()),
          read_([&space](std::uint64_t at, MutableBytes out) { return space.read({at}, out).ok(); }) {}
    /// For a program that reads the kernel's memory by means of its own.
    KernelReader(const Architecture& architecture, Read read) : architecture_(&architecture), read_(std::move(read)) {}

    [[nodiscard]] const Architecture& architecture() const { return *architecture_; }
    [[nodiscard]] std::uint8_t word_size() const { return architecture_->word_size; }
    [[nodiscard]] bool read(std::uint64_t at, MutableBytes out) { return read_(at, out); }
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
    const Architecture* architecture_;
    Read read_;
};

}  // namespace kstrax
