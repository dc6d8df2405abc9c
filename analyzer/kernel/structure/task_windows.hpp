// SPDX-License-Identifier: GPL-2.0-or-later
// Some tasks of the kernel's list and the bytes that each begins with, to hold guesses at where
// their members lie against.
#pragma once

#include <vector>

#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

/// One task: where its task_struct begins, and the bytes from there on.
struct TaskWindow {
    std::uint64_t at = 0;
    std::vector<std::byte> bytes;

    /// Precondition: [offset, offset + size) lies in bytes; size is at most 8.
    [[nodiscard]] std::uint64_t number(std::uint64_t offset, std::uint64_t size) const;
};

struct TaskWindows {
    std::uint64_t list = 0;         ///< task_struct.tasks
    std::uint64_t command = 0;      ///< task_struct.comm
    std::vector<TaskWindow> tasks;  ///< init_task first, then others from all of the list
    std::size_t kthreadd = 0;       ///< which of them is the parent of the kernel's threads
    std::uint64_t size = 0;         ///< bytes that all of them have
    std::uint64_t word_size = 0;
};

constexpr std::uint64_t kCommandSize = 16;  // TASK_COMM_LEN

/// A list that begins and ends in init_task, where each node is the next one's previous, and leads
/// through as many commands as nodes, kthreadd's among them. Fails where there is none, or several.
[[nodiscard]] Result<TaskWindows> read_task_windows(KernelReader memory, std::uint64_t init_task);

/// The command of a task; none if what stands there is no such text.
[[nodiscard]] std::optional<std::string> command_at(KernelReader& memory, std::uint64_t at);

}  // namespace kstrax
