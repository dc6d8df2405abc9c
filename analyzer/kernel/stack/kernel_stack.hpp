// SPDX-License-Identifier: GPL-2.0-or-later
// The calls that a task of the dumped kernel was in, from its kernel stack.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "analyzer/kernel/stack/code_names.hpp"
#include "analyzer/kernel/stack/orc.hpp"
#include "analyzer/kernel/stack/return_hooks.hpp"
#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

struct StackFrame {
    VirtAddr code;  ///< the first: where the task goes on; others: where the call in them returns to
    VirtAddr slot;  ///< where on the stack the address stood; 0: in a register
    /// The instruction itself was interrupted; else the call before it is meant.
    bool interrupted = false;
    /// The kernel's tables do not tell how it was called: found behind a direct call of the function. Of a stack that
    /// was searched for, all are.
    bool guessed = false;
};

enum class StackEnd : std::uint8_t {
    UserMode,  ///< it entered the kernel here
    Whole,     ///< nobody has called: a kernel thread, or code that a CPU began with
    Broken,    ///< what the tables say of the last frame does not lead on
    TooLong,
    NoStack,      ///< it has ended
    NoRegisters,  ///< it ran, and the dump does not have the registers of its CPU
    NotThere,     ///< memory is not in the dump
    NoTables,     ///< the kernel has none that are known, by which stacks are read
};
[[nodiscard]] std::string_view stack_end_text(StackEnd end);

struct KernelStack {
    std::vector<StackFrame> frames;  ///< innermost first
    StackEnd end = StackEnd::NotThere;
    std::uint64_t sp = 0;         ///< from here on upwards the stack is alive
    std::uint64_t registers = 0;  ///< UserMode: where those of user mode lie
    /// Where frames may be missing, or be none.
    [[nodiscard]] bool doubtful() const { return end == StackEnd::Broken || end == StackEnd::TooLong; }
};

class StackReader {
  public:
    /// `names` must outlive it. Fails where the kernel has no tables that are known, or its types do not tell where
    /// a task's stack is.
    [[nodiscard]] static Result<StackReader> open(const KernelReader& memory, const FindMember& member,
                                                  const FindSymbol& find, std::span<const KernelModule> modules,
                                                  CodeNames& names);

    /// Of one that did not run; where it ran, NoRegisters.
    [[nodiscard]] KernelStack of(const KernelTask& task);
    /// Of one that did not run, without its saved stack pointer: by the one place where a switch of tasks has left
    /// what leads to the stack's end by calls of the functions that were called. NotThere where that is not one place.
    [[nodiscard]] KernelStack searched(const KernelTask& task);
    /// Of one that ran with these registers.
    [[nodiscard]] KernelStack of(const KernelTask& task, const CpuRegisters& registers);

  private:
    struct State {
        std::uint64_t task = 0;
        std::uint64_t ip = 0, sp = 0, bp = 0;
        bool interrupted = false;
        std::uint64_t registers = 0;           // a struct pt_regs on the stack, for bases that are registers
        const CpuRegisters* of_cpu = nullptr;  // or these
        unsigned switches = 0;                 // to a stack further down
    };
    struct RegisterMembers {
        std::uint64_t ip = 0, sp = 0, bp = 0, cs = 0, ax = 0, dx = 0, di = 0, r10 = 0, r13 = 0;
    };
    enum class Step : std::uint8_t { Frame, User, Whole, Broken };

    StackReader(KernelReader memory, OrcTables orc, ReturnHooks hooks, CodeNames& names)
        : memory_(std::move(memory)), orc_(std::move(orc)), hooks_(std::move(hooks)), names_(&names) {}

    [[nodiscard]] KernelStack unwind(State state);
    [[nodiscard]] KernelStack switched_out(std::uint64_t task, std::uint64_t sp);
    [[nodiscard]] std::vector<std::uint64_t> returns_of_switch();
    [[nodiscard]] std::size_t contradictions(const KernelStack& stack);
    [[nodiscard]] std::uint64_t called_before(VirtAddr address);
    [[nodiscard]] Step step(State& state, StackFrame& frame);
    [[nodiscard]] Step behind_a_call(State& state, StackFrame& frame);
    [[nodiscard]] std::optional<std::uint64_t> base_of(const State& state, const OrcEntry& entry);
    [[nodiscard]] std::optional<std::uint64_t> saved(const State& state, OrcBase base);
    [[nodiscard]] bool move_bp(State& state, const OrcEntry& entry, std::uint64_t base, std::uint64_t before);

    KernelReader memory_;
    OrcTables orc_;
    ReturnHooks hooks_;
    CodeNames* names_;
    std::uint64_t thread_sp_ = 0, inactive_size_ = 0, inactive_bp_ = 0, inactive_ip_ = 0;
    std::uint64_t stack_ = 0;  // task_struct.stack
    std::optional<VirtAddr> ret_from_fork_, schedule_, switch_to_;
    std::optional<std::vector<std::uint64_t>> returns_;  // of searched()
    RegisterMembers members_;
};

}  // namespace kstrax
