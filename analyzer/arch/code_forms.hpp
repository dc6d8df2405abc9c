// SPDX-License-Identifier: GPL-2.0-or-later
// What a machine's code and stacks look like, as far as reading stacks asks for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/base/bytes.hpp"

namespace kstrax {

/// A direct call.
struct CallInstruction {
    std::size_t size;  ///< bytes
    std::size_t step;  ///< instructions begin at multiples of so many bytes
    /// The address that it calls; none where the bytes before `behind` are another instruction.
    std::optional<std::uint64_t> (*target)(Bytes instruction, std::uint64_t behind);
    std::string_view thunks;  ///< functions so named are called in place of an address in a register; empty: none are
};

/// Frame records: a function keeps its caller's record and the address that it returns to, and a register has the record's
/// address. Struct pt_regs holds one, which leads on through an exception.
struct FrameRecords {
    std::string_view record;            ///< member of pt_regs
    std::string_view ip, sp, bp, link;  ///< of pt_regs; `link`: where a call returns to, while in a register
    std::string_view saved_ip, saved_sp, saved_bp;  ///< of task_struct, by a switch of tasks
    /// Records of a pt_regs are of this type in newer kernels, with a `type`, and zeros in place of what others hold.
    std::string_view marked;
};

}  // namespace kstrax
