// SPDX-License-Identifier: GPL-2.0-or-later
// The text that a kernel leaves for those who read its dump: KEY=VALUE lines.
// Source: kernel/crash_core.c and arch/*/kernel/machine_kexec*.c.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kstrax {

class Vmcoreinfo {
  public:
    /// Copies the text; it may hold anything.
    explicit Vmcoreinfo(std::string_view text) : text_(text) {}

    [[nodiscard]] bool empty() const { return text_.empty(); }
    [[nodiscard]] std::string_view text() const { return text_; }
    /// The value behind `key=`; none if no line begins so.
    [[nodiscard]] std::optional<std::string_view> value(std::string_view key) const;
    /// SYMBOL(name)=…, hexadecimal without 0x.
    [[nodiscard]] std::optional<std::uint64_t> symbol(std::string_view name) const;
    /// NUMBER(name)=…, signed and decimal, or hexadecimal with 0x (arm64's); two's complement.
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const;
    /// key=…, hexadecimal without 0x (KERNELOFFSET).
    [[nodiscard]] std::optional<std::uint64_t> hexadecimal(std::string_view key) const;
    [[nodiscard]] std::optional<std::uint64_t> decimal(std::string_view key) const;
    /// CONFIG_name=y
    [[nodiscard]] bool config(std::string_view name) const;

  private:
    std::string text_;
};

}  // namespace kstrax
