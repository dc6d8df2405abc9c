// SPDX-License-Identifier: GPL-2.0-or-later
// The places of task_struct's members, each found by what holds of it in all tasks.
#pragma once

#include "analyzer/kernel/structure/task_windows.hpp"

namespace kstrax {

constexpr std::uint64_t kStackEnd = 0x57ac6e9d;  // STACK_END_MAGIC, since a70857e46dd1 (3.18)

/// Offsets in task_struct, but for the last rows.
struct FoundMembers {
    std::uint64_t pid = 0;  ///< tgid stands behind it
    std::uint64_t stack = 0;
    std::uint64_t state = 0;
    std::uint64_t flags = 0;
    std::uint64_t exit_state = 0;
    std::uint64_t signal = 0;
    std::uint64_t thread_node = 0;
    std::uint64_t thread_pid = 0;
    std::uint64_t thread_head = 0;  ///< in signal_struct
    std::uint64_t numbers = 0;      ///< in struct pid, whose level has always been its second int
};

/// Fails with a sentence that names the member.
[[nodiscard]] Result<FoundMembers> search_members(KernelReader memory, const TaskWindows& windows,
                                                  std::uint64_t first_namespace);

}  // namespace kstrax
