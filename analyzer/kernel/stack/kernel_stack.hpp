// SPDX-License-Identifier: GPL-2.0-or-later
// The functions that a task of the dumped kernel was in, from its kernel stack.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "analyzer/kernel/stack/unwinder.hpp"
#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

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
    StackReader(KernelReader memory, std::unique_ptr<Unwinder> unwinder, CodeNames& names)
        : memory_(std::move(memory)), unwinder_(std::move(unwinder)), names_(&names) {}

    [[nodiscard]] KernelStack unwind(UnwindStart start);
    [[nodiscard]] std::vector<std::uint64_t> returns_of_switch();
    [[nodiscard]] std::size_t contradictions(const KernelStack& stack);

    KernelReader memory_;
    std::unique_ptr<Unwinder> unwinder_;
    CodeNames* names_;
    std::uint64_t stack_ = 0;  // task_struct.stack
    std::optional<VirtAddr> schedule_, switch_to_;
    std::optional<std::vector<std::uint64_t>> returns_;  // of searched()
};

}  // namespace kstrax
