// SPDX-License-Identifier: GPL-2.0-or-later
// Lines about a task for below its row in another report: its call with the files behind it, the lock that it waits for,
// its kernel stack, and what it holds.
#pragma once

#include <memory>

#include "analyzer/fields/task_notes.hpp"
#include "analyzer/sinks/text_buffer.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"

namespace kstrax {

class TaskDetails {
  public:
    /// Fails where the tasks cannot be read. The kernel must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<TaskDetails>> open(const KernelContext& context);

    TaskDetails(const TaskDetails&) = delete;
    TaskDetails& operator=(const TaskDetails&) = delete;
    ~TaskDetails();

    /// An empty line is the last. Nothing where the kernel has no such task.
    void append(TextBuffer& out, const TaskNote& note);

  private:
    struct Parts;
    explicit TaskDetails(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace kstrax
