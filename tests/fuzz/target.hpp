// SPDX-License-Identifier: GPL-2.0-or-later
// A fuzz target: one reader of hostile bytes, what it is fed, and what must hold of the outcome. libFuzzer runs
// targets (driver.cpp), and so does `make check` over the inputs in the tree (replay.cpp). See docs/trust.md.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/bytes.hpp"

namespace kstrax::fuzz {

struct Target {
    std::string_view name;  ///< of its corpus, too
    std::size_t most;       ///< bytes of an input
    /// Comes back, whatever the input is; a sanitizer or require() ends the process where something is wrong.
    void (*run)(Bytes input);
    /// Made by the generators of the tests, so that they are never out of date.
    std::vector<std::string> (*seeds)();
};

[[nodiscard]] std::span<const Target* const> targets();
/// Null where there is none of the name.
[[nodiscard]] const Target* target_named(std::string_view name);

/// Ends the process where it does not hold.
void require(bool holds, std::string_view what);

/// Numbers and bytes from the front of an input; zeros behind its end.
class Input {
  public:
    explicit Input(Bytes bytes) : rest_(bytes) {}

    template <typename T>
    T number() {
        T value = 0;
        const Bytes part = take(sizeof value);
        std::memcpy(&value, part.data(), part.size());
        return value;
    }
    [[nodiscard]] std::uint8_t byte() { return number<std::uint8_t>(); }
    /// As many as there are.
    [[nodiscard]] Bytes take(std::size_t most) {
        const Bytes part = rest_.first(std::min(most, rest_.size()));
        rest_ = rest_.subspan(part.size());
        return part;
    }
    [[nodiscard]] Bytes rest() const { return rest_; }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

  private:
    Bytes rest_;
};

/// The bytes of a number, for seeds.
template <typename T>
[[nodiscard]] std::string packed(T value) {
    return std::string(as_text(bytes_of(value)));
}

}  // namespace kstrax::fuzz
