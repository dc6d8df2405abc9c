// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording's file says of threads, as notes to a report: their names, and nothing of an end.
#pragma once

#include <unordered_map>

#include "analyzer/fields/task_notes.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

class RecordedTasks final : public TaskNotes {
  public:
    explicit RecordedTasks(const Recording& recording) {
        for (const auto& [thread, command] : recording.commands)
            notes_.try_emplace(thread, TaskNote{.tid = thread, .command = command});
    }

    [[nodiscard]] const TaskNote* find(Tid tid) const override {
        const auto note = notes_.find(tid);
        return note == notes_.end() ? nullptr : &note->second;
    }
    [[nodiscard]] std::vector<TaskNote> all() const override {
        std::vector<TaskNote> all;
        for (const auto& [thread, note] : notes_) all.push_back(note);
        return all;
    }
    [[nodiscard]] bool of_the_end() const override { return false; }
    [[nodiscard]] bool whole() const override { return false; }

  private:
    std::unordered_map<Tid, TaskNote> notes_;
};

}  // namespace kstrax
