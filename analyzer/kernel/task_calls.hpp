// SPDX-License-Identifier: GPL-2.0-or-later
// In which system call a task of the dumped kernel is: by the registers that its entry into the
// kernel saved at the top of its kernel stack, where /proc/PID/syscall looks, too.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/run_queues.hpp"
#include "analyzer/kernel/task_call.hpp"
#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

/// One kernel's. A call that the kernel does not have, and that has failed with ENOSYS, is taken to
/// be still made; on arm64, one that has returned its first argument.
class TaskCalls {
  public:
    /// Fails with Unsupported where the architecture has no row here, with NotFound or Corrupt
    /// where the kernel does not tell where the registers lie.
    [[nodiscard]] static Result<TaskCalls> open(KernelReader memory, const FindMember& member, const FindSymbol& find,
                                                std::span<const RunQueue> queues);

    /// Where the registers may lie in several places: in which, by the tasks that have been in user mode. To be asked before `of`; fails where they do not agree.
    [[nodiscard]] Result<void> settle(std::span<const KernelTask> tasks);

    [[nodiscard]] TaskCall of(const KernelTask& task);

  private:
    TaskCalls(KernelReader memory, const CallRegisters& row) : memory_(std::move(memory)), row_(&row) {}

    [[nodiscard]] bool of_user_mode(std::span<const std::byte> frame, const Member& mode) const;
    [[nodiscard]] bool never_in_user_mode(const KernelTask& task) const;
    [[nodiscard]] TaskCall read(std::span<const std::byte> frame, bool compat) const;

    KernelReader memory_;
    const CallRegisters* row_;
    Member stack_;                       // task_struct.stack: where its kernel stack begins
    std::optional<Member> status_;       // thread_info.status, where it says which ABI a call was made through
    std::uint64_t depth_ = 0;            // from a stack's begin to the end of the registers
    std::vector<std::uint64_t> depths_;  // that it may have
    std::uint64_t size_ = 0;             // of the registers
    std::uint64_t workers_ = 0;          // flags of tasks that make no calls
    struct Places {
        Member result;
        std::array<Member, 6> args;
    };
    Member number_, mode_;
    std::optional<Member> stack_mode_, untouched_, code_, cause_;
    Places native_, compat_;
};

/// Which call each of these is in, in their order.
[[nodiscard]] Result<std::vector<TaskCall>> read_task_calls(const KernelReader& memory, const FindMember& member,
                                                            const FindSymbol& find, std::span<const KernelTask> tasks);

}  // namespace kstrax
