// SPDX-License-Identifier: GPL-2.0-or-later
// The places of the members in the kernel's structs of tasks, for a kernel that carries no types. A
// member is found by facts that hold for every task. Its place counts only if it is the one place
// where all these facts hold, in each task that is looked at.
#pragma once

#include <array>
#include <map>
#include <string>

#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

/// Symbols that lead to the tasks. The kernel exports them all, except the functions.
constexpr std::array<std::string_view, 7> kExports{"init_task",
                                                   "init_pid_ns",
                                                   "current_task",
                                                   "pcpu_hot",
                                                   "nr_cpu_ids",
                                                   "__per_cpu_offset",
                                                   "cpu_current_top_of_stack"};

class TaskStructure {
  public:
    /// Fails if the place of a member is not proved, and names the member.
    [[nodiscard]] static Result<TaskStructure> open(KernelReader memory, const FindSymbol& find);

    /// Knows the members that read_tasks and read_task_calls ask for, and no others. This must outlive it.
    [[nodiscard]] FindMember finder() const;

  private:
    std::map<std::string, Member, std::less<>> members_;  // by "type.path"
};

}  // namespace kstrax
