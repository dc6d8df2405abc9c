// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/session/dump_tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/kallsyms_search.hpp"
#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/module_places.hpp"
#include "analyzer/kernel/modules.hpp"
#include "analyzer/kernel/structure/exports.hpp"
#include "analyzer/kernel/structure/task_structure.hpp"
#include "analyzer/memory/read_ahead.hpp"

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

namespace {

constexpr std::string_view kModule = "kstrax_buf";
/// What is asked for on the way; found in one pass over the kernel's symbols.
constexpr std::array<std::string_view, 14> kSymbols{"__start_BTF",      "__stop_BTF",       "modules",
                                                    "init_task",        "runqueues",        "__per_cpu_offset",
                                                    "nr_cpu_ids",       "panic_cpu",        "cpu_current_top_of_stack",
                                                    "pcpu_hot",         "init_pid_ns",      "current_task",
                                                    "create_io_thread", "vhost_task_create"};

}  // namespace

bool is_of_this_kernel(KernelSpace& space, const KernelTypes* types, const FindSymbol& find, VirtAddr anchor,
                       std::uint64_t memory) {
    if (types == nullptr) {
        const auto leads = [&](VirtAddr module) {
            return each_word_of_module(space, module, [&](std::uint64_t word) { return word == anchor.value; });
        };
        return module_in_memory(space, kModule, leads).ok();
    }
    const auto list = read_modules(space, *types, find, memory);
    if (!list) return false;
    const auto module = std::ranges::find(list->modules, kModule, &KernelModule::name);
    if (module == list->modules.end()) return false;
    const auto pointer = exported_symbol(space, *types, *module, "kstrax_ring_anchor");
    return pointer && KernelReader(space).pointer(pointer->value) == anchor.value;
}

Result<DumpTasks> read_dump_tasks(const MemorySource& source, const Located& located, const Anchor* anchor) {
    const ReadAhead ahead(source);
    const MemorySource& memory = source.live() ? static_cast<const MemorySource&>(ahead) : source;
    auto space = find_kernel_space(memory, located.scanned ? &located.scan : nullptr,
                                   anchor == nullptr ? nullptr : architecture_of_audit(anchor->block.facts.audit_arch));
    if (!space) return space.error();
    auto symbols = find_kallsyms(*space);
    if (!symbols) return symbols.error();
    const auto addresses = symbols->find_all(kSymbols);
    const FindSymbol find = [&](std::string_view name) -> std::optional<VirtAddr> {
        const auto place = std::ranges::find(kSymbols, name);
        return place == kSymbols.end() ? symbols->find(name)
                                       : addresses[static_cast<std::size_t>(place - kSymbols.begin())];
    };
    const KernelReader reader(*space);
    const auto types = read_kernel_types(*space, find);
    // A structure is held against all tasks at once, while they stand still.
    if (!types && memory.live()) return types.error();
    const auto exports = types ? Exports() : find_exports(*space, kExports);
    const FindSymbol find_exported = [&](std::string_view name) {
        const auto exported = exports.find(name);
        return exported != exports.end() ? std::optional(exported->second) : find(name);
    };
    const auto structure = types ? Result<TaskStructure>(TaskStructure()) : TaskStructure::open(reader, find_exported);
    if (!structure) return structure.error().in(types.error().message);
    if (anchor != nullptr && !is_of_this_kernel(*space, types ? &types.value() : nullptr, find,
                                                {anchor->block.virt_addr}, memory.memory_size()))
        return Error{ErrorCode::NotFound, "the recording is not the one that this kernel was making"};
    const FindMember member = types ? types->finder() : structure->finder();
    auto list = read_tasks(reader, member, find_exported, memory.memory_size());
    if (!list) return list.error();
    auto calls = read_task_calls(reader, member, find_exported, list->tasks);
    DumpTasks tasks(std::move(*list), calls ? std::move(*calls) : std::vector<TaskCall>(), memory.live(),
                    anchor != nullptr);
    if (!types) tasks.known_by = "their structure";
    if (!calls) tasks.no_calls = calls.error().message;
    return tasks;
}

}  // namespace kstrax
