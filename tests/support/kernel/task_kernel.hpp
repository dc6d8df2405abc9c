// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel with processes, threads and run queues.
#pragma once

#include <vector>

#include "tests/support/kernel/typed_kernel.hpp"

namespace kstrax::test {

class TaskKernel : public TypedKernel {
  public:
    /// `old`: task_struct has `state`, a long, as before 5.14; else `__state`, an int.
    explicit TaskKernel(bool old = false, std::size_t cpus = 2);

    /// A process, at the end of the kernel's list; its task_struct.
    std::uint64_t add_process(Tid pid, std::string_view command, std::uint64_t state = 1);
    std::uint64_t add_thread(std::uint64_t leader, Tid pid, std::string_view command, std::uint64_t state = 1);
    /// One that is on no list.
    std::uint64_t make_task(Tid pid, Tid tgid, std::string_view command, std::uint64_t state);
    /// The CPU runs this task.
    void run(std::size_t cpu, std::uint64_t task);
    /// The registers that an entry into the kernel has saved: of a call that has no result yet.
    void enter(std::uint64_t task, std::uint64_t number, const std::vector<std::uint64_t>& args = {});
    void set_register(std::uint64_t task, std::string_view name, std::uint64_t value);
    /// It has this pid in a namespace of its own.
    void contain(std::uint64_t task, Tid nspid);
    /// A struct pid of the task's own, which each leads to.
    std::uint64_t make_pid(std::uint64_t task);
    /// The second is a child of the first.
    void adopt(std::uint64_t parent, std::uint64_t child);
    /// The kernel's table of pids names these tasks.
    void number(const std::vector<std::uint64_t>& tasks);
    /// Bytes between the registers and a stack's end, from now on.
    void pad_stacks(std::uint64_t padding) { padding_ = padding; }
    void panic_on(std::uint32_t cpu) { put(panic_cpu_, cpu, 4); }

    [[nodiscard]] std::uint64_t init() const { return init_; }
    [[nodiscard]] std::uint64_t queue(std::size_t cpu) const { return queues_[cpu]; }

  private:
    [[nodiscard]] std::uint64_t registers_of(std::uint64_t task) const;

    bool old_;
    std::uint64_t padding_ = 0;
    std::uint64_t init_ = 0;
    std::uint64_t panic_cpu_ = 0;
    std::vector<std::uint64_t> queues_;
};

}  // namespace kstrax::test
