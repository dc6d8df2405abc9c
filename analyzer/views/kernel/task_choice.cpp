// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/kernel/task_choice.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/parse_number.hpp"

namespace kstrax {

Result<TaskChoice> TaskChoice::parse(std::string_view text) {
    TaskChoice choice;
    if (text == "all") return choice;
    for (const std::string_view part : split_at_commas(text)) {
        const auto pid = parse_number<Tid>(part);
        if (!pid)
            return Error{ErrorCode::Usage,
                         fmt::format("{}: expected process or thread ids, as 220 or 220,221, or all", text)};
        choice.pids_.push_back(*pid);
    }
    return choice;
}

bool TaskChoice::holds(const KernelTask& task) const {
    const auto is = [&](Tid pid) { return pid == task.pid || (pid == task.tgid && task.tgid != 0); };
    return pids_.empty() || std::ranges::any_of(pids_, is);
}

Result<void> TaskChoice::check(std::span<const KernelTask> tasks) const {
    for (const Tid pid : pids_)
        if (std::ranges::none_of(tasks, [&](const KernelTask& task) { return task.pid == pid || task.tgid == pid; }))
            return Error{ErrorCode::NotFound, fmt::format("{}: the kernel has no task of this id", pid)};
    return {};
}

}  // namespace kstrax
