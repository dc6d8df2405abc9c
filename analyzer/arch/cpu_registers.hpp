// SPDX-License-Identifier: GPL-2.0-or-later
// A CPU's registers as notes in ELF's form hold them: those of a dump, and those that a dying kernel leaves in memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "analyzer/base/bytes.hpp"

namespace kstrax {

/// Those that stacks are unwound by.
struct CpuRegisters {
    std::uint64_t ip = 0, sp = 0, bp = 0, ax = 0, dx = 0, di = 0, r10 = 0, r13 = 0;
    std::uint64_t link = 0;  ///< a call's return address, until it is on the stack; 0: there is no such register
    bool user_mode = false;
    /// One of them is where the CPU has its own variables (x86: bases of GS); 0: not in the note.
    std::array<std::uint64_t, 2> areas{};
};

/// Where in a note's descriptor they lie. Offsets in bytes, of 64-bit registers.
struct RegisterNote {
    std::string_view name;  ///< of the note
    std::uint32_t type;
    std::uint64_t ip, sp, bp, ax = 0, dx = 0, di = 0, r10 = 0, r13 = 0, link = 0;  ///< 0: the machine has no such one
    std::uint64_t mode, mode_mask, user_mode;  ///< 16 bits; of user mode, the mask leaves the last of these
    std::array<std::uint64_t, 2> areas;        ///< 0: not there
};

/// None where the descriptor is too short.
[[nodiscard]] std::optional<CpuRegisters> registers_of_note(const RegisterNote& form, Bytes descriptor);

}  // namespace kstrax
