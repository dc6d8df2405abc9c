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
          entry_(member("upid", "")) {}

    /// None where the kernel does not tell, and for a task that has given its pid back.
    [[nodiscard]] std::optional<Tid> of(std::uint64_t task) {
        constexpr std::uint64_t kDeepest = 32;  // MAX_PID_NS_LEVEL
        if (!pid_ || !level_ || !numbers_ || !number_ || !entry_) return std::nullopt;
        const auto pid = memory_.pointer(task + pid_->offset);
        if (!pid || *pid == 0) return std::nullopt;
        const auto level = memory_.number(*pid + level_->offset, level_->size);
        if (!level || *level > kDeepest) return std::nullopt;
        const auto number =
            memory_.number(*pid + numbers_->offset + *level * entry_->size + number_->offset, number_->size);
        if (!number) return std::nullopt;
        return static_cast<Tid>(*number);
    }

  private:
    KernelReader memory_;
    std::optional<Member> pid_, level_, numbers_, number_;
    std::optional<Member> entry_;  // of numbers, as a whole
};

}  // namespace kstrax
