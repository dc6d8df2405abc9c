// SPDX-License-Identifier: GPL-2.0-or-later
// What tasks hold, task by task, as rows: their folders, their program, their descriptors.
#pragma once

#include <memory>
#include <optional>

#include "analyzer/views/kernel/kernel_view.hpp"

namespace kstrax {

class FilesOfTasks {
  public:
    /// `tasks`: all of the kernel. `output` and `heading`, which stands before a task's own line, must outlive it.
    [[nodiscard]] static Result<FilesOfTasks> open(const KernelContext& context, const FindMember& member,
                                                   std::span<const KernelTask> tasks, SinkOutput& output,
                                                   std::string_view heading = {});
    FilesOfTasks(FilesOfTasks&&) noexcept;
    ~FilesOfTasks();

    /// Its rows; or, where it shares all of them with a task that was put before, nothing: the answer is that task.
    std::optional<Tid> put(const KernelTask& task);
    [[nodiscard]] KernelBody body() const;

  private:
    class Reader;
    explicit FilesOfTasks(std::unique_ptr<Reader> reader);
    std::unique_ptr<Reader> reader_;
};

}  // namespace kstrax
