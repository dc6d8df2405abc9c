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
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

/// Of KernelTask.state: it is not in memory.
inline constexpr std::uint64_t kStateMissing = std::uint64_t{1} << 63;

/// PF_KTHREAD, of task_struct.flags. Such a thread may work in a process's memory (a vhost worker), and is none of it.
inline constexpr std::uint64_t kKernelThread = 0x200000;

/// Who knows of a task.
enum class TaskWitness : std::uint8_t {
    List,       ///< the kernel's list of tasks
    RunQueue,   ///< a CPU's run queue alone
    Backwards,  ///< that list read backwards: it is damaged
    PidTable,   ///< the table of pids: the list is damaged
    Relative,   ///< a thread, a parent, a child or a sibling of it: the list is damaged
};
/// "list", "run queue", "list backwards", "pid table", "relatives"
[[nodiscard]] std::string_view witness_name(TaskWitness witness);

struct KernelTask {
    VirtAddr address;  ///< of its task_struct
    TaskWitness known_by = TaskWitness::List;
    Tid pid = 0;  ///< 0: a CPU's idle task
    Tid tgid = 0;
    std::optional<Tid> nspid;  ///< its pid in its own pid namespace; that of a container
    std::string command;       ///< bytes from the dump, anything but NUL
    std::uint64_t state = 0;   ///< TASK_… and EXIT_…, see state_name
    std::uint64_t flags = 0;   ///< PF_…
    std::optional<CpuId> running_on;
    bool panicked = false;
    /// Some of its members are not in memory. Where they are those that are here, tgid and flags are 0, the command is
    /// "?", and the state kStateMissing.
    bool partial = false;
    bool named = true;  ///< the command is there

    /// The kernel's list has lost it.
    [[nodiscard]] bool is_recovered() const {
        return known_by != TaskWitness::List && known_by != TaskWitness::RunQueue;
    }
    /// It has ended, and is there only for its parent to see.
    [[nodiscard]] bool dead() const;
};

struct TaskList {
    /// First the tasks of the kernel's list, in its order, each process followed by its threads. Then what a damaged
    /// list has lost and others know. Then tasks that only run queues know: idle tasks, and tasks that run but have
    /// left the list.
    std::vector<KernelTask> tasks;
    /// The missing parts of the list, one sentence for each.
    Findings findings;
    /// No task is missing: the list is whole, or as many as the kernel counts were found by other ways.
    bool complete = true;
};

/// `most`: bytes of physical memory, which limit the number of tasks. Fails if types or
/// symbols that this needs are not known. A damaged list is read as far
/// as it goes in both directions, and the table of pids is asked for the rest.
[[nodiscard]] Result<TaskList> read_tasks(const KernelReader& memory, const FindMember& member, const FindSymbol& find,
                                          std::uint64_t most);

/// The letters of crash's ps: "RU" running, "IN" interruptible, "UN" uninterruptible sleep,
/// "ID" idle, "ZO" zombie, "ST" stopped, "TR" traced, "DE" dead, "PA" parked, "NE" new,
/// "WA" waking; "??" otherwise.
[[nodiscard]] std::string_view state_name(std::uint64_t state);

}  // namespace kstrax
