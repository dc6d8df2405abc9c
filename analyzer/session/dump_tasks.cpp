// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/session/dump_tasks.hpp"

#include <algorithm>

#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/module_places.hpp"
#include "analyzer/kernel/modules.hpp"
#include "analyzer/kernel/structure/exports.hpp"

namespace kstrax {

DumpTasks::DumpTasks(TaskList list, std::span<const TaskCall> calls, bool live, bool proved)
    : findings_(std::move(list.findings)), complete_(list.complete), of_the_end_(proved && !live) {
    for (std::size_t i = 0; i < list.tasks.size(); ++i)
        add(list.tasks[i], live || calls.empty() ? TaskCall{} : calls[i], live);
}

/// Where there is nothing beside them, they need not agree with it: those of a machine that goes on are shown, too.
DumpTasks::DumpTasks(std::unique_ptr<KernelThreads> threads, bool live, const BesideTasks& beside)
    : no_calls(threads->no_calls()),
      threads_(std::move(threads)),
      of_the_end_(beside.nothing || ((beside.anchor != nullptr || beside.of_kernel) && !live)) {
    const auto tasks = threads_->tasks();
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        add(tasks[i], live && !beside.nothing ? TaskCall{} : threads_->call(i), live);
        notes_.back().off_cpu = threads_->off_cpu(i);
    }
    findings_ = threads_->findings();  // those of stacks, too
    complete_ = threads_->complete();
}

void DumpTasks::add(const KernelTask& task, const TaskCall& call, bool live) {
    places_.try_emplace(task.pid, notes_.size());
    notes_.push_back({.tid = task.pid,
                      .tgid = task.tgid,
                      .nspid = task.nspid,
                      .command = task.command,
                      .state = std::string(state_name(task.state)),
                      .running_on = live ? std::nullopt : task.running_on,
                      .panicked = task.panicked,
                      .dead = task.dead(),
                      .call = call});
}

const TaskNote* DumpTasks::find(Tid tid) const {
    const auto place = places_.find(tid);
    return place == places_.end() ? nullptr : &notes_[place->second];
}

bool is_of_this_kernel(KernelSpace& space, const KernelTypes* types, const FindSymbol& find, VirtAddr anchor,
                       std::uint64_t memory) {
    const auto in_memory = [&] {
        const auto leads = [&](VirtAddr module) {
            return each_word_of_module(space, module, [&](std::uint64_t word) { return word == anchor.value; });
        };
        return module_in_memory(space, kRecorderModule, leads).ok();
    };
    if (types == nullptr) return in_memory();
    const auto list = read_modules(space, *types, find, memory);
    if (!list) return in_memory();  // no symbol names it
    const auto module = std::ranges::find(list->modules, kRecorderModule, &KernelModule::name);
    if (module == list->modules.end()) return !list->damage.empty() && in_memory();
    const auto pointer = exported_symbol(space, *types, *module, "kstrax_ring_anchor");
    return pointer && KernelReader(space).pointer(pointer->value) == anchor.value;
}

Result<DumpTasks> read_dump_tasks(DumpedKernel& kernel, const BesideTasks& beside) {
    if (kernel.symbols() == nullptr) return kernel.symbols_error();
    if (beside.anchor != nullptr && !is_of_this_kernel(kernel.space(), kernel.types(), kernel.find(),
                                                       {beside.anchor->block.virt_addr}, kernel.memory_size()))
        return Error{ErrorCode::NotFound, "the recording is not the one that this kernel was making"};
    auto threads = KernelThreads::open(kernel);
    if (!threads) return threads.error();
    DumpTasks tasks(std::move(*threads), kernel.live(), beside);
    tasks.add_findings(kernel.missing_pages());
    if (kernel.types() == nullptr) tasks.known_by = "their structure";
    return tasks;
}

}  // namespace kstrax
