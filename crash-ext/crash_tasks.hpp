// SPDX-License-Identifier: GPL-2.0-or-later
// The tasks that crash knows, as notes to a report.
#pragma once

#include "analyzer/report/task_notes.hpp"
#include "crash-ext/crash_api.hpp"

namespace kstrax {

class CrashTasks final : public TaskNotes {
  public:
    [[nodiscard]] std::optional<TaskNote> find(Tid tid) const override;
    [[nodiscard]] std::vector<TaskNote> noteworthy() const override;

  private:
    [[nodiscard]] const std::vector<crash_api::Task>& tasks() const;

    mutable std::optional<std::vector<crash_api::Task>> tasks_;  // read when first asked for
};

}  // namespace kstrax
