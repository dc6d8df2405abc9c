// SPDX-License-Identifier: GPL-2.0-or-later
// The pids by which a container knows its tasks.
#pragma once

#include <optional>

#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

/// Where a task's pid in its own namespace stands: task.thread_pid → numbers[level].nr. Pids are
/// numbered so since 2c4704756cab (4.19).
class NamespacePids {
  public:
    NamespacePids(KernelReader memory, const FindMember& member)
        : memory_(std::move(memory)),
          pid_(member("task_struct", "thread_pid")),
          level_(member("pid", "level")),
          numbers_(member("pid", "numbers")),
          number_(member("upid", "nr")),
          tasks_(member("pid", "tasks")),
          links_(member("task_struct", "pid_links")),
          entry_(member("upid", "")) {}

    /// None where the kernel does not tell, and for a task that has given its pid back.
    [[nodiscard]] std::optional<Tid> of(std::uint64_t task) {
        constexpr std::uint64_t kDeepest = 32;  // MAX_PID_NS_LEVEL
        if (!pid_ || !level_ || !numbers_ || !number_ || !entry_) return std::nullopt;
        const auto pid = memory_.pointer(task + pid_->offset);
        if (!pid || *pid == 0) return std::nullopt;
        const auto level = memory_.number(*pid + level_->offset, level_->size);
        return level && *level <= kDeepest ? number(*pid, *level) : std::nullopt;
    }

    /// Its pid in the first namespace, as its struct pid has it.
    [[nodiscard]] std::optional<Tid> own(std::uint64_t task) {
        if (!pid_ || !numbers_ || !number_ || !entry_) return std::nullopt;
        const auto pid = memory_.pointer(task + pid_->offset);
        return pid && *pid != 0 ? number(*pid, 0) : std::nullopt;
    }

    /// Whether a task is there, by the struct pid that leads back to it.
    [[nodiscard]] bool is_own(std::uint64_t task) {
        if (!pid_ || !tasks_ || !links_) return false;
        const auto pid = memory_.pointer(task + pid_->offset);
        return pid && *pid != 0 && memory_.pointer(*pid + tasks_->offset) == task + links_->offset;
    }

  private:
    [[nodiscard]] std::optional<Tid> number(std::uint64_t pid, std::uint64_t level) {
        const auto number =
            memory_.number(pid + numbers_->offset + level * entry_->size + number_->offset, number_->size);
        return number ? std::optional(static_cast<Tid>(*number)) : std::nullopt;
    }

    KernelReader memory_;
    std::optional<Member> pid_, level_, numbers_, number_, tasks_, links_;
    std::optional<Member> entry_;  // of numbers, as a whole
};

}  // namespace kstrax
