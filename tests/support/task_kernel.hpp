// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel with processes, threads and run queues.
#pragma once

#include <vector>

#include "tests/support/typed_kernel.hpp"

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
    void run(std::size_t cpu, std::uint64_t task) { set(queues_[cpu], "rq", "curr", task); }
    void panic_on(std::uint32_t cpu) { put(panic_cpu_, cpu, 4); }

    [[nodiscard]] std::uint64_t init() const { return init_; }
    [[nodiscard]] std::uint64_t queue(std::size_t cpu) const { return queues_[cpu]; }

  private:
    bool old_;
    std::uint64_t init_ = 0;
    std::uint64_t panic_cpu_ = 0;
    std::vector<std::uint64_t> queues_;
};

}  // namespace kstrax::test
