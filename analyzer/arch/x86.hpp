// SPDX-License-Identifier: GPL-2.0-or-later
// What x86-64 and IA-32 share: entries of page tables, and the control registers that
// QEMU writes into its dumps, a note a CPU.
#pragma once

#include <optional>
#include <span>

#include "analyzer/arch/architecture.hpp"

namespace kstrax::x86 {

inline constexpr std::uint64_t kPresent = bit(0);
inline constexpr std::uint64_t kLarge = bit(7);
inline constexpr std::uint64_t kFrame64 = bits(12, 51);  // above it: software's bits, protection keys, NX

// A 64-bit entry that points at a table; bit 7 there is reserved.
inline constexpr EntryRule kTable{.present = kPresent, .frame = kFrame64, .large = 0, .reserved = kLarge};
// One that may map a large page instead.
inline constexpr EntryRule kTableOrPage{.present = kPresent, .frame = kFrame64, .large = kLarge, .reserved = 0};
// The last level, where bit 7 is a memory type.
inline constexpr EntryRule kPage{.present = kPresent, .frame = kFrame64, .large = 0, .reserved = 0};

inline constexpr std::uint64_t kPageMask = ~bits(0, 11);

inline constexpr std::uint64_t kUserMode = 3;  // a code segment's low two bits, of mode_mask 3

/// Of a CPU that was in kernel mode, with paging on.
struct ControlRegisters {
    std::uint64_t cr3 = 0;
    std::uint64_t cr4 = 0;
};
inline constexpr std::uint64_t kCr4Pae = bit(5);
inline constexpr std::uint64_t kCr4La57 = bit(12);

/// None if no CPU was in kernel mode: in user mode, CR3 may name tables that
/// lack the kernel (page-table isolation).
[[nodiscard]] std::optional<ControlRegisters> kernel_control_registers(std::span<const Note> notes);

[[nodiscard]] Error nothing_to_go_by();

}  // namespace kstrax::x86
