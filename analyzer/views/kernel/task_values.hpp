// SPDX-License-Identifier: GPL-2.0-or-later
// What tells one task from another, as values. Of a task that is not in memory as a whole, they may be absent.
#pragma once

#include "analyzer/kernel/tasks.hpp"
#include "analyzer/sinks/value.hpp"

namespace kstrax {

[[nodiscard]] inline Value tgid_value(const KernelTask& task) {
    return task.partial && task.tgid == 0 && task.pid != 0 ? Value(Absent{}) : Value(std::uint64_t{task.tgid});
}
[[nodiscard]] inline Value command_value(const KernelTask& task) {
    return task.named ? Value(Untrusted{task.command}) : Value(Absent{});
}
[[nodiscard]] inline Value state_value(const KernelTask& task) {
    return task.state == kStateMissing ? Value(Absent{}) : Value(Name{state_name(task.state)});
}

}  // namespace kstrax
