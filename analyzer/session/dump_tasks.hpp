// SPDX-License-Identifier: GPL-2.0-or-later
// The tasks of a dumped kernel, as it knows them itself, as notes to a report.
#pragma once

#include <string>
#include <unordered_map>

#include "analyzer/fields/task_notes.hpp"
#include "analyzer/importers/kstrax_memory/locate.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/kernel/task_calls.hpp"

namespace kstrax {

class DumpTasks final : public TaskNotes {
  public:
    /// `calls`: which call each of them is in, in the list's order; empty where that is not known.
    /// `live`: the machine went on while its tasks were read; nobody ran at an end. `proved`: the
    /// recording is known to be this kernel's.
    DumpTasks(TaskList list, std::vector<TaskCall> calls, bool live, bool proved);

    [[nodiscard]] std::optional<TaskNote> find(Tid tid) const override;
    [[nodiscard]] std::vector<TaskNote> noteworthy() const override;
    [[nodiscard]] bool of_the_end() const override { return proved_ && !live_; }
    [[nodiscard]] bool whole() const override { return list_.findings.empty(); }

    [[nodiscard]] std::size_t size() const { return list_.tasks.size(); }
    /// What is missing of them.
    [[nodiscard]] const Findings& findings() const { return list_.findings; }
    /// By what their members are known.
    std::string_view known_by = "the kernel's types";
    /// Why it is not known which call a task is in; empty if it is.
    std::string no_calls;

  private:
    [[nodiscard]] TaskNote note_of(std::size_t place) const;

    TaskList list_;
    std::vector<TaskCall> calls_;
    std::unordered_map<Tid, std::size_t> places_;  // in list_.tasks
    bool live_;
    bool proved_;
};

/// Whether the module that this kernel has loaded has its anchor at that address. `types`: null where the
/// kernel carries none; then a word of the module's data is to lead there. `memory`: bytes of physical memory.
[[nodiscard]] bool is_of_this_kernel(KernelSpace& space, const KernelTypes* types, const FindSymbol& find,
                                     VirtAddr anchor, std::uint64_t memory);

/// Reads them by the kernel's own symbols and types; by the structure of its tasks where it carries no
/// types. Fails where those do not tell, or are not in the image; and where the recording, whose anchor this
/// is, is not of the kernel that memory is of, but left over from an older one. `anchor`: null where rings
/// were given without.
[[nodiscard]] Result<DumpTasks> read_dump_tasks(DumpedKernel& kernel, const Anchor* anchor);

}  // namespace kstrax
