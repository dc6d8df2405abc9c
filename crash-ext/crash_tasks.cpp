// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_tasks.hpp"

#include <algorithm>

namespace kstrax {

namespace {

TaskNote note_of(const crash_api::Task& task) {
    crash_api::TaskState state = crash_api::state_of(task);
    return {.tid = task.pid,
            .command = task.command,
            .state = std::move(state.text),
            .running_on = state.running_on,
            .panicked = state.panicked};
}

}  // namespace

const std::vector<crash_api::Task>& CrashTasks::tasks() const {
    if (!tasks_) tasks_ = crash_api::tasks();
    return *tasks_;
}

std::optional<TaskNote> CrashTasks::find(Tid tid) const {
    const auto task = std::ranges::find(tasks(), tid, &crash_api::Task::pid);
    if (task == tasks().end()) return std::nullopt;
    return note_of(*task);
}

std::vector<TaskNote> CrashTasks::noteworthy() const {
    std::vector<TaskNote> notes;
    for (const crash_api::Task& task : tasks()) {
        TaskNote note = note_of(task);
        if (is_noteworthy(note)) notes.push_back(std::move(note));
    }
    return notes;
}

}  // namespace kstrax
