// SPDX-License-Identifier: GPL-2.0-or-later
// From a frame of a kernel stack to its caller's, by what a kernel leaves for that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/arch/cpu_registers.hpp"
#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/modules.hpp"
#include "analyzer/kernel/stack/code_names.hpp"

namespace kstrax {

struct StackFrame {
    VirtAddr code;  ///< the first: where the task goes on; others: where the call in them returns to
    VirtAddr slot;  ///< where on the stack the address stood; 0: in a register
    /// The instruction itself was interrupted; else the call before it is meant.
    bool interrupted = false;
    /// The kernel's own unwinder does not tell how it was called: found behind a direct call of the function, or by a
    /// register. Of a stack that was searched for, all are.
    bool guessed = false;
};

/// Where one stands.
struct UnwindState {
    std::uint64_t task = 0;
    std::uint64_t ip = 0, sp = 0, bp = 0;
    bool interrupted = false;
    std::uint64_t registers = 0;           ///< a struct pt_regs on the stack, for what is kept in registers; 0: none
    const CpuRegisters* of_cpu = nullptr;  ///< or these
};

struct UnwindStart {
    UnwindState state;
    std::uint64_t alive = 0;  ///< the stack from here on upwards
};

enum class UnwindStep : std::uint8_t {
    Frame,
    User,   ///< it entered the kernel here: state.registers are those of user mode
    Whole,  ///< nobody has called
    Broken,
};

class Unwinder {
  public:
    Unwinder() = default;
    Unwinder(const Unwinder&) = delete;
    Unwinder& operator=(const Unwinder&) = delete;
    virtual ~Unwinder() = default;

    /// To the caller; fills `frame` if there is one.
    [[nodiscard]] virtual UnwindStep step(UnwindState& state, StackFrame& frame) = 0;
    /// Of a task that does not run, by what a switch of tasks has left. None where that is not in memory.
    [[nodiscard]] virtual std::optional<UnwindStart> sleeping(std::uint64_t task) = 0;
    /// The same by a place on its stack that holds an address which a switch of tasks leaves there.
    [[nodiscard]] virtual std::optional<UnwindStart> sleeping_at(std::uint64_t task, std::uint64_t slot) = 0;
    /// What __schedule calls to switch, whose return address stays on the stack.
    [[nodiscard]] virtual std::string_view switch_function() const = 0;
    /// Another such address: where a task begins. None where it does not lie on the stack.
    [[nodiscard]] virtual std::optional<VirtAddr> beginning() const { return std::nullopt; }
};

/// Of x86-64, by ORC. Fails where the kernel has no tables that are known, or its types do not tell what a switch
/// leaves. `names` must outlive it.
[[nodiscard]] Result<std::unique_ptr<Unwinder>> open_orc_unwinder(const KernelReader& memory, const FindMember& member,
                                                                  const FindSymbol& find,
                                                                  std::span<const KernelModule> modules,
                                                                  CodeNames& names);
/// By chains of frame records, of an architecture that has them.
[[nodiscard]] Result<std::unique_ptr<Unwinder>> open_frame_unwinder(const KernelReader& memory,
                                                                    const FindMember& member, const FindSymbol& find,
                                                                    CodeNames& names);

}  // namespace kstrax
