// SPDX-License-Identifier: GPL-2.0-or-later
// The tasks of a dumped kernel, as it knows them itself, as notes to a report.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/fields/task_notes.hpp"
#include "analyzer/importers/kstrax_memory/locate.hpp"
#include "analyzer/kernel/open/kernel_threads.hpp"

namespace kstrax {

/// What a report has beside the tasks.
struct BesideTasks {
    /// No recording at all: a report of the tasks alone.
    bool nothing = false;
    /// That led to the recording; null where rings were given without.
    const Anchor* anchor = nullptr;
    /// It was made by the kernel itself, up to its end.
    bool of_kernel = false;

    bool operator==(const BesideTasks&) const = default;
};

class DumpTasks final : public TaskNotes {
  public:
    /// `calls`: which call each of them is in, in the list's order; empty where that is not known.
    /// `live`: the machine went on while its tasks were read; nobody ran at an end. `proved`: the
    /// recording is known to be this kernel's.
    DumpTasks(TaskList list, std::span<const TaskCall> calls, bool live, bool proved);
    DumpTasks(std::unique_ptr<KernelThreads> threads, bool live, const BesideTasks& beside);

    [[nodiscard]] const TaskNote* find(Tid tid) const override;
    [[nodiscard]] std::vector<TaskNote> all() const override { return notes_; }
    [[nodiscard]] bool of_the_end() const override { return of_the_end_; }
    [[nodiscard]] bool whole() const override { return complete_; }

    [[nodiscard]] std::size_t size() const { return notes_.size(); }
    /// What is missing of them.
    [[nodiscard]] const Findings& findings() const { return findings_; }
    void add_findings(const Findings& more) { findings_.append(more); }
    /// By what their members are known.
    std::string_view known_by = "the kernel's types";
    /// Why it is not known which call a task is in; empty if it is.
    std::string no_calls;

  private:
    void add(const KernelTask& task, const TaskCall& call, bool live);

    std::unique_ptr<KernelThreads> threads_;
    std::vector<TaskNote> notes_;
    std::unordered_map<Tid, std::size_t> places_;  // in notes_
    Findings findings_;
    bool complete_ = false;
    bool of_the_end_;
};

/// Whether the module that this kernel has loaded has its anchor at that address. `types`: null where the
/// kernel carries none; then a word of the module's data is to lead there. `memory`: bytes of physical memory.
[[nodiscard]] bool is_of_this_kernel(KernelSpace& space, const KernelTypes* types, const FindSymbol& find,
                                     VirtAddr anchor, std::uint64_t memory);

/// Reads them by the kernel's own symbols and types; by the structure of its tasks where it carries no
/// types. Fails where those do not tell, or are not in the image; and where the recording is not of the kernel
/// that memory is of, but left over from an older one. `kernel` must outlive them.
[[nodiscard]] Result<DumpTasks> read_dump_tasks(DumpedKernel& kernel, const BesideTasks& beside);

}  // namespace kstrax
