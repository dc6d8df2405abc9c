// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/session/dump_tasks.hpp"

#include <algorithm>

#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/module_places.hpp"
#include "analyzer/kernel/modules.hpp"
#include "analyzer/kernel/structure/exports.hpp"

namespace kstrax {

DumpTasks::DumpTasks(TaskList list, std::vector<TaskCall> calls, bool live, bool proved)
    : list_(std::move(list)), calls_(std::move(calls)), live_(live), proved_(proved) {
    for (std::size_t i = 0; i < list_.tasks.size(); ++i) places_.try_emplace(list_.tasks[i].pid, i);
}

TaskNote DumpTasks::note_of(std::size_t place) const {
    const KernelTask& task = list_.tasks[place];
    return {.tid = task.pid,
            .tgid = task.tgid,
            .nspid = task.nspid,
            .command = task.command,
            .state = std::string(state_name(task.state)),
            .running_on = live_ ? std::nullopt : task.running_on,
            .panicked = task.panicked,
            .dead = task.dead(),
            .call = live_ || calls_.empty() ? TaskCall{} : calls_[place]};
}

std::optional<TaskNote> DumpTasks::find(Tid tid) const {
    const auto place = places_.find(tid);
    if (place == places_.end()) return std::nullopt;
    return note_of(place->second);
}

std::vector<TaskNote> DumpTasks::noteworthy() const {
    std::vector<TaskNote> notes;
    for (std::size_t place = 0; place < list_.tasks.size(); ++place) {
        TaskNote note = note_of(place);
        if (is_noteworthy(note)) notes.push_back(std::move(note));
    }
    return notes;
}

bool is_of_this_kernel(KernelSpace& space, const KernelTypes* types, const FindSymbol& find, VirtAddr anchor,
                       std::uint64_t memory) {
    if (types == nullptr) {
        const auto leads = [&](VirtAddr module) {
            return each_word_of_module(space, module, [&](std::uint64_t word) { return word == anchor.value; });
        };
        return module_in_memory(space, kRecorderModule, leads).ok();
    }
    const auto list = read_modules(space, *types, find, memory);
    if (!list) return false;
    const auto module = std::ranges::find(list->modules, kRecorderModule, &KernelModule::name);
    if (module == list->modules.end()) return false;
    const auto pointer = exported_symbol(space, *types, *module, "kstrax_ring_anchor");
    return pointer && KernelReader(space).pointer(pointer->value) == anchor.value;
}

Result<DumpTasks> read_dump_tasks(DumpedKernel& kernel, const Anchor* anchor) {
    if (kernel.symbols() == nullptr) return kernel.symbols_error();
    const auto member = kernel.member();
    if (!member) return member.error();
    const FindSymbol find = kernel.find();
    if (anchor != nullptr &&
        !is_of_this_kernel(kernel.space(), kernel.types(), find, {anchor->block.virt_addr}, kernel.memory_size()))
        return Error{ErrorCode::NotFound, "the recording is not the one that this kernel was making"};
    const KernelReader reader = kernel.reader();
    auto list = read_tasks(reader, *member, find, kernel.memory_size());
    if (!list) return list.error();
    auto calls = read_task_calls(reader, *member, find, list->tasks);
    DumpTasks tasks(std::move(*list), calls ? std::move(*calls) : std::vector<TaskCall>(), kernel.live(),
                    anchor != nullptr);
    if (kernel.types() == nullptr) tasks.known_by = "their structure";
    if (!calls) tasks.no_calls = calls.error().message;
    return tasks;
}

}  // namespace kstrax
