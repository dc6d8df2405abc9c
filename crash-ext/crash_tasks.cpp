// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_tasks.hpp"

#include "crash-ext/crash_api.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kBlocked = "UN";

TaskNote note_of(crash_api::Task task) {
    return {.tid = task.pid,
            .command = std::move(task.command),
            .state = std::move(task.state),
            .on_cpu = task.active,
            .panicked = task.panicked,
            .cpu = task.cpu};
}

}  // namespace

std::optional<TaskNote> CrashTasks::find(Tid tid) const {
    auto task = crash_api::find_task(tid);
    if (!task) return std::nullopt;
    return note_of(std::move(*task));
}

std::vector<TaskNote> CrashTasks::noteworthy() const {
    std::vector<TaskNote> notes;
    for (std::size_t i = 0; i < crash_api::task_count(); ++i) {
        crash_api::Task task = crash_api::task(i);
        if (task.active || task.state == kBlocked) notes.push_back(note_of(std::move(task)));
    }
    return notes;
}

}  // namespace kstrax
