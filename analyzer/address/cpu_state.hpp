// SPDX-License-Identifier: GPL-2.0-or-later
// The control registers that QEMU writes into its dumps, a note a CPU.
#pragma once

#include <optional>
#include <span>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Of a CPU that was in kernel mode, with paging on.
struct ControlRegisters {
    std::uint64_t cr3 = 0;
    std::uint64_t cr4 = 0;
};
inline constexpr std::uint64_t kCr4Pae = 1U << 5;
inline constexpr std::uint64_t kCr4La57 = 1U << 12;

/// None if no x86 CPU was in kernel mode: in user mode, CR3 may name tables that
/// lack the kernel (page-table isolation).
[[nodiscard]] std::optional<ControlRegisters> kernel_control_registers(std::span<const Note> notes);

}  // namespace kstrax
