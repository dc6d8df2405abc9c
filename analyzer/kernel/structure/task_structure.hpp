// SPDX-License-Identifier: GPL-2.0-or-later
// Where the kernel's structs of its tasks have their members, of a kernel that carries no types: by
// what holds of every task. A place counts where it is the only one of which all that is known of
// the member holds, for each of the tasks that are looked at.
#pragma once

#include <array>
#include <map>
#include <string>

#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/types.hpp"

namespace kstrax {

/// Symbols that it is found by. A kernel exports them all, but for those of functions.
constexpr std::array<std::string_view, 7> kExports{"init_task",
                                                   "init_pid_ns",
                                                   "current_task",
                                                   "pcpu_hot",
                                                   "nr_cpu_ids",
                                                   "__per_cpu_offset",
                                                   "cpu_current_top_of_stack"};

class TaskStructure {
  public:
    /// Fails, where a member's place is not proved, and says of which.
    [[nodiscard]] static Result<TaskStructure> open(KernelReader memory, const FindSymbol& find);

    /// Knows what read_tasks and read_task_calls ask for, and nothing else. This must outlive it.
    [[nodiscard]] FindMember finder() const;

  private:
    std::map<std::string, Member, std::less<>> members_;  // by "type.path"
};

}  // namespace kstrax
