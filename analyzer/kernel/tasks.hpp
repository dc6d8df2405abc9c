// SPDX-License-Identifier: GPL-2.0-or-later
// The tasks of the dumped kernel: names, states, the CPU that ran each, and the task that
// panicked. They are read through the kernel's own types, lists and run queues.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/finding.hpp"
#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/types.hpp"

namespace kstrax {

struct KernelTask {
    VirtAddr address;  ///< of its task_struct
    Tid pid = 0;       ///< 0: a CPU's idle task
    Tid tgid = 0;
    std::optional<Tid> nspid;  ///< its pid in its own pid namespace; that of a container
    std::string command;       ///< bytes from the dump, anything but NUL
    std::uint64_t state = 0;   ///< TASK_… and EXIT_…, see state_name
    std::uint64_t flags = 0;   ///< PF_…
    std::optional<CpuId> running_on;
    bool panicked = false;

    /// It has ended, and is there only for its parent to see.
    [[nodiscard]] bool dead() const;
};

struct TaskList {
    /// First the tasks of the kernel's list, in its order, each process followed by its threads. Then
    /// tasks that only run queues know: idle tasks, and tasks that run but have left the list.
    std::vector<KernelTask> tasks;
    /// The missing parts of the list, one sentence for each.
    Findings findings;
};

/// `most`: bytes of physical memory, which limit the number of tasks. Fails if types or
/// symbols that this needs are not known. A damaged list is read as far
/// as it goes.
[[nodiscard]] Result<TaskList> read_tasks(const KernelReader& memory, const FindMember& member, const FindSymbol& find,
                                          std::uint64_t most);

/// The letters of crash's ps: "RU" running, "IN" interruptible, "UN" uninterruptible sleep,
/// "ID" idle, "ZO" zombie, "ST" stopped, "TR" traced, "DE" dead, "PA" parked, "NE" new,
/// "WA" waking; "??" otherwise.
[[nodiscard]] std::string_view state_name(std::uint64_t state);

}  // namespace kstrax
