// SPDX-License-Identifier: GPL-2.0-or-later
// All tasks of a kernel in memory, and what each was in: its call, its kernel stack, the lock that it waits for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/kernel/locks/file_locks.hpp"
#include "analyzer/kernel/locks/lock_names.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/kernel/stack/cpu_registers.hpp"
#include "analyzer/kernel/task_calls.hpp"

namespace kstrax {

/// Tasks are named by their place in the list. Not for several threads at once.
class KernelThreads {
  public:
    /// Fails where the tasks cannot be read. `kernel` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<KernelThreads>> open(DumpedKernel& kernel);

    KernelThreads(const KernelThreads&) = delete;
    KernelThreads& operator=(const KernelThreads&) = delete;

    [[nodiscard]] std::span<const KernelTask> tasks() const { return list_.tasks; }
    /// No task is missing.
    [[nodiscard]] bool complete() const { return list_.complete; }
    /// So far: of stacks once they were asked for.
    [[nodiscard]] const Findings& findings() const { return list_.findings; }
    /// By its registers, and where those leave a doubt, by its stack.
    [[nodiscard]] TaskCall call(std::size_t place);
    /// Why it is not known which call a task is in, why there are no stacks; empty: there are.
    [[nodiscard]] const std::string& no_calls() const { return no_calls_; }
    [[nodiscard]] const std::string& no_stacks();

    /// Without frames where there are no stacks.
    [[nodiscard]] KernelStack stack(std::size_t place);
    /// Null: not known.
    [[nodiscard]] const CodePlace* name_of(const StackFrame& frame);
    /// Code that only waits and switches tasks.
    [[nodiscard]] bool in_scheduler(const StackFrame& frame) const {
        return names_ && names_->in_scheduler(frame.code);
    }
    [[nodiscard]] std::optional<LockWait> lock(std::size_t place, const KernelStack& stack);
    /// Null where there are no stacks.
    [[nodiscard]] FileHolders* holders() { return no_stacks().empty() && holders_ ? &*holders_ : nullptr; }
    /// Since it last ran, by the clocks of the run queues, the latest of which counts: idle CPUs let theirs stand.
    /// None for one that runs, or never ran.
    [[nodiscard]] std::optional<Nanos> off_cpu(std::size_t place);

  private:
    KernelThreads(DumpedKernel& kernel, FindMember member)
        : kernel_(kernel), member_(std::move(member)), memory_(kernel.reader()) {}

    void open_stacks();
    void open_clocks();
    [[nodiscard]] std::optional<bool> on_its_way_out(std::size_t place);
    [[nodiscard]] bool stopped_behind(const KernelTask& task);

    DumpedKernel& kernel_;
    FindMember member_;
    KernelReader memory_;
    TaskList list_;
    std::vector<RunQueue> queues_;
    std::vector<TaskCall> calls_;
    std::vector<bool> settled_;  // whose calls_ are final
    bool stacks_opened_ = false;
    std::string no_calls_, no_stacks_;
    std::map<CpuId, CpuRegisters> registers_;
    std::optional<CodeNames> names_;
    std::optional<StackReader> stacks_;
    std::optional<LockReader> locks_;
    std::optional<LockNames> lock_names_;
    std::optional<FileHolders> holders_;
    std::optional<FileLockReader> file_locks_;
    std::optional<Member> last_ran_, last_arrival_;
    std::optional<Nanos> now_;
};

}  // namespace kstrax
