// SPDX-License-Identifier: GPL-2.0-or-later
// What a host program knows of the machine's tasks and a recording does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/base/types.hpp"

namespace kstrax {

struct TaskNote {
    Tid tid = 0;
    std::string command;  ///< bytes from the dump: escape before showing
    std::string state;    ///< as ps says it: "RU", "IN", "UN"
    std::optional<CpuId> running_on;  ///< the CPU whose active task it was at the end
    bool panicked = false;
};

class TaskNotes {
  public:
    virtual ~TaskNotes() = default;
    /// None for a task that is gone.
    [[nodiscard]] virtual std::optional<TaskNote> find(Tid tid) const = 0;
    /// Those that a report of what is in flight owes a word even if they are in
    /// no recorded call: each CPU's active task, and those that are blocked.
    [[nodiscard]] virtual std::vector<TaskNote> noteworthy() const = 0;
};

}  // namespace kstrax
