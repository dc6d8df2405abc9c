// SPDX-License-Identifier: GPL-2.0-or-later
// The tasks of the kernel that crash has open, as notes to a report: found by our own walk of the
// kernel's lists, with crash's memory and its debug information; their state by crash.
#pragma once

#include <unordered_map>

#include "analyzer/fields/task_notes.hpp"
#include "analyzer/kernel/task_calls.hpp"
#include "crash-ext/crash_api.hpp"

namespace kstrax {

class CrashTasks final : public TaskNotes {
  public:
    /// `memory`: bytes of physical memory.
    explicit CrashTasks(std::uint64_t memory) : memory_(memory) {}

    [[nodiscard]] const TaskNote* find(Tid tid) const override;
    [[nodiscard]] std::vector<TaskNote> all() const override { return known().notes; }
    [[nodiscard]] bool of_the_end() const override { return !crash_api::is_live(); }
    [[nodiscard]] bool whole() const override { return known().whole; }

    /// The task whose task_struct lies at this address.
    [[nodiscard]] std::optional<Tid> at(std::uint64_t address) const;

  private:
    struct Known {
        std::vector<TaskNote> notes;
        std::unordered_map<Tid, std::size_t> places;  // in notes
        std::unordered_map<std::uint64_t, std::size_t> of_structs;
        bool whole = false;

        void add(std::uint64_t address, TaskNote note);
    };
    [[nodiscard]] const Known& known() const;
    [[nodiscard]] Known read() const;

    std::uint64_t memory_;
    mutable std::optional<Known> known_;  // read when first asked for
};

}  // namespace kstrax
