// SPDX-License-Identifier: GPL-2.0-or-later
// Which tasks a report of the kernel is of.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

/// Those of these ids, as the machine or as a container numbers them; without any, all.
class TaskChoice {
  public:
    TaskChoice() = default;
    /// "220,221" or "all". Fails with Usage for anything else.
    [[nodiscard]] static Result<TaskChoice> parse(std::string_view text);

    /// A process's id chooses its threads as well.
    [[nodiscard]] bool holds(const KernelTask& task) const;
    /// Fails with NotFound where there is no such task.
    [[nodiscard]] Result<void> check(std::span<const KernelTask> tasks) const;

  private:
    std::vector<Tid> pids_;
};

}  // namespace kstrax
