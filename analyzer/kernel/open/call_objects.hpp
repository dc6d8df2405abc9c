// SPDX-License-Identifier: GPL-2.0-or-later
// What the arguments of a task's call lead to: the file behind a descriptor, and texts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/kernel/files/open_files.hpp"
#include "analyzer/kernel/files/stack_names.hpp"
#include "analyzer/kernel/files/user_memory.hpp"
#include "analyzer/kernel/open/kernel_threads.hpp"

namespace kstrax {

struct UsedFile {
    std::shared_ptr<const KernelFile> file;
    /// The call uses it. Else the descriptor leads to it now, and may have led to another when the call began.
    bool sure = false;
};

/// Not for several threads at once.
class CallObjects {
  public:
    /// Of a kernel without the types that this needs, everything is unknown. `kernel` must outlive it.
    CallObjects(DumpedKernel& kernel, std::span<const KernelTask> tasks);

    /// Null where the task has no such descriptor, or that is not to be known.
    [[nodiscard]] std::optional<UsedFile> file(const KernelTask& task, const KernelStack& stack, std::uint32_t number);
    /// Of an address in the task's memory: by its page tables, else by what the kernel copied from there. None where
    /// neither is in the dump. Bytes from the dump: anything.
    [[nodiscard]] std::optional<UserText> text(const KernelTask& task, const KernelStack& stack, std::uint64_t at);

  private:
    [[nodiscard]] std::span<const std::uint64_t> words_of(const KernelTask& task, const KernelStack& stack);

    KernelReader memory_;
    std::optional<OpenFiles> files_;
    std::optional<StackNames> names_;
    std::optional<UserMemory> user_;
    std::uint64_t words_of_ = 0;  // the task that was asked last
    std::vector<std::uint64_t> words_;
};

}  // namespace kstrax
