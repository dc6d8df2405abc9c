// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of the machine's tasks and is not in the recording: by a host program
// that knows the kernel's types, or by what the dumped kernel says of itself.
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

/// One that a report of what is in flight owes a word even if it is in no recorded call:
/// a CPU's active task, or one that is blocked.
[[nodiscard]] inline bool is_noteworthy(const TaskNote& note) { return note.running_on || note.state == "UN"; }

class TaskNotes {
  public:
    virtual ~TaskNotes() = default;
    /// None for a task that is gone.
    [[nodiscard]] virtual std::optional<TaskNote> find(Tid tid) const = 0;
    /// Those that are, in any order.
    [[nodiscard]] virtual std::vector<TaskNote> noteworthy() const = 0;
};

}  // namespace kstrax
