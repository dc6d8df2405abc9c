// SPDX-License-Identifier: GPL-2.0-or-later
// crash's task table as notes to a report.
#pragma once

#include "analyzer/report/task_notes.hpp"

namespace kstrax {

class CrashTasks final : public TaskNotes {
  public:
    [[nodiscard]] std::optional<TaskNote> find(Tid tid) const override;
    [[nodiscard]] std::vector<TaskNote> noteworthy() const override;
};

}  // namespace kstrax
