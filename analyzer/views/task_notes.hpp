// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of the machine's tasks and is not in the recording: by a host program
// that knows the kernel's types, or by what the dumped kernel says of itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/trace/witness.hpp"

namespace kstrax {

struct TaskNote {
    Tid tid = 0;
    Tid tgid = 0;
    std::optional<Tid> nspid = {};         ///< in its own pid namespace
    std::string command = {};              ///< bytes from the dump: escape before showing
    std::string state = {};                ///< as ps says it: "RU", "IN", "UN"
    std::optional<CpuId> running_on = {};  ///< the CPU whose active task it was at the end
    bool panicked = false;
    bool dead = false;
    TaskCall call = {};

    [[nodiscard]] bool blocked() const { return state == "UN"; }
};

/// One that a report of what is in flight owes a word even if it is in no recorded call:
/// a CPU's active task, or one that is blocked.
[[nodiscard]] inline bool is_noteworthy(const TaskNote& note) { return note.running_on || note.blocked(); }

/// As a witness it knows nothing unless it is `of_the_end`.
class TaskNotes : public Witness {
  public:
    /// None for a task that is gone.
    [[nodiscard]] virtual std::optional<TaskNote> find(Tid tid) const = 0;
    /// Those that are, in any order.
    [[nodiscard]] virtual std::vector<TaskNote> noteworthy() const = 0;
    /// They are the tasks of the moment at which the recording ended, of the same kernel.
    [[nodiscard]] virtual bool of_the_end() const = 0;
    /// No task is missing: one that is not there is gone.
    [[nodiscard]] virtual bool whole() const = 0;

    [[nodiscard]] std::optional<Tid> nspid_of(Tid thread) const override {
        const auto note = find(thread);
        return note ? note->nspid : std::nullopt;
    }
    [[nodiscard]] ThreadEnd end_of(Tid thread) const override {
        if (!of_the_end()) return {};
        const auto note = find(thread);
        if (!note) return {.fate = whole() ? Fate::Gone : Fate::Unknown, .call = {}};
        return {.fate = note->dead ? Fate::Gone : Fate::There, .call = note->call};
    }
};

}  // namespace kstrax
