// SPDX-License-Identifier: GPL-2.0-or-later
// Facts about the machine's tasks that the recording does not hold. They come from a host
// program that knows the kernel's types, or from the dumped kernel's own description.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/sinks/text_buffer.hpp"
#include "analyzer/trace/witness.hpp"

namespace kstrax {

struct TaskNote {
    Tid tid = 0;
    Tid tgid = 0;
    std::optional<Tid> nspid = {};         ///< in its own pid namespace
    std::string command = {};              ///< bytes from the dump: escape before showing
    std::string state = {};                ///< the letters of crash's ps: "RU", "IN", "UN"
    std::optional<CpuId> running_on = {};  ///< the CPU that ran it at the end
    bool panicked = false;
    bool dead = false;
    TaskCall call = {};
    std::optional<Nanos> off_cpu = {};  ///< since it last ran: at least so long it has waited

    [[nodiscard]] bool blocked() const { return state == "UN"; }
};

/// The in-flight report mentions such a task even if it is in no call: the active task of a CPU, or a
/// blocked task.
[[nodiscard]] inline bool is_noteworthy(const TaskNote& note) { return note.running_on || note.blocked(); }

/// All tasks, as a witness. It knows nothing unless it is `of_the_end`.
class TaskNotes : public Witness {
  public:
    /// Null if there is no such task.
    [[nodiscard]] virtual const TaskNote* find(Tid tid) const = 0;
    /// In any order.
    [[nodiscard]] virtual std::vector<TaskNote> all() const = 0;
    /// Whether these are the tasks of the same kernel, at the moment at which the recording ended.
    [[nodiscard]] virtual bool of_the_end() const = 0;
    /// Whether the list is complete, so that a task that is not in it is gone.
    [[nodiscard]] virtual bool whole() const = 0;

    [[nodiscard]] std::optional<Tid> nspid_of(Tid thread) const override {
        const TaskNote* note = find(thread);
        return note != nullptr ? note->nspid : std::nullopt;
    }
    [[nodiscard]] ThreadEnd end_of(Tid thread) const override {
        if (!of_the_end()) return {};
        const TaskNote* note = find(thread);
        if (note == nullptr) return {.fate = whole() ? Fate::Gone : Fate::Unknown, .call = {}};
        return {.fate = note->dead ? Fate::Gone : Fate::There, .call = note->call};
    }
};

/// Appends lines about a task, which stand below its row.
using AboutTask = std::function<void(TextBuffer& out, const TaskNote& note)>;

}  // namespace kstrax
