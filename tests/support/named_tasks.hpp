// SPDX-License-Identifier: GPL-2.0-or-later
// Tasks with names and nothing else, for reports of recordings that have none.
#pragma once

#include <array>
#include <string>

#include "analyzer/fields/task_notes.hpp"

namespace kstrax::test {

/// Names that a line could be misread by, each of which a task may give itself.
inline constexpr std::array<std::string_view, 9> kHardNames{
    "sh", "Web Content", " a   b ", "-", "evil\x1b[2J\"\n", "(sd-pam)", "read(0x1) = 0x1", "x() = 0", "\\"};

/// A thread of any number has one of the names; one in four is not known.
class NamedTasks final : public TaskNotes {
  public:
    NamedTasks() {
        for (std::size_t i = 0; i < kHardNames.size(); ++i) notes_[i].command = kHardNames[i];
    }
    [[nodiscard]] const TaskNote* find(Tid tid) const override {
        return tid % 4 == 3 ? nullptr : &notes_[tid % notes_.size()];
    }
    [[nodiscard]] std::vector<TaskNote> all() const override { return {}; }
    [[nodiscard]] bool of_the_end() const override { return false; }
    [[nodiscard]] bool whole() const override { return false; }

  private:
    std::array<TaskNote, kHardNames.size()> notes_;
};

}  // namespace kstrax::test
