// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel that keeps frame records, as arm64's do, with a task that waits and functions of 64 bytes each. Its memory is that
// of TypedKernel; a reader of it has to be of arm64.
#pragma once

#include "analyzer/kernel/stack/code_names.hpp"
#include "tests/support/kernel/typed_kernel.hpp"

namespace kstrax::test {

struct RecordKernel : TypedKernel {
    static constexpr std::uint64_t kStack = 16 << 10;
    static constexpr std::uint64_t kRecord = 304;  ///< of a pt_regs, where its record is
    static constexpr std::uint64_t kKernelMode = 5, kUserMode = 0;

    /// `marked`: records of a pt_regs have a type, as newer kernels' have.
    explicit RecordKernel(bool marked = false);

    std::uint64_t function(std::string called);
    /// Of which nobody has called: as the entry from user mode leaves it.
    void last(std::uint64_t registers, std::uint64_t mode = kUserMode, std::uint64_t pc = 0x1000);
    /// A function's record, so many bytes into the stack; its address.
    std::uint64_t record(std::uint64_t at, std::uint64_t callers, std::uint64_t returns_to);
    /// What an exception leaves so many bytes into the stack; the address of its record.
    std::uint64_t exception(std::uint64_t at, std::uint64_t pc, std::uint64_t bp, std::uint64_t link);
    /// What a switch has left somewhere on the stack, by these callers.
    void leave(std::uint64_t at, std::uint64_t behind_switch, std::uint64_t caller, std::uint64_t callers_caller);
    void sleep(std::uint64_t code, std::uint64_t record);
    /// BL; what it returns to.
    std::uint64_t call(std::uint64_t from, std::uint64_t target);
    [[nodiscard]] FindNearest nearest() const;

    bool marked;
    std::uint64_t text = 0, task = 0, stack = 0, top = 0;
    std::vector<std::string> names;
};

}  // namespace kstrax::test
