// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_tasks.hpp"

namespace kstrax {

namespace {

KernelReader crash_reader() {
    const Architecture& architecture = *architecture_of_this_program();
    return KernelReader(architecture, [](std::uint64_t at, MutableBytes out) {
        return crash_api::read_virtual(at, out.data(), out.size());
    });
}

std::optional<Member> crash_member(std::string_view type, std::string_view path) {
    const std::string name(path);
    const auto place = crash_api::member(std::string(type).c_str(), path.empty() ? nullptr : name.c_str());
    if (!place) return std::nullopt;
    return Member{.offset = place->offset, .size = place->size};
}

std::optional<VirtAddr> crash_symbol(std::string_view name) {
    const auto address = crash_api::symbol(std::string(name).c_str());
    if (!address) return std::nullopt;
    return VirtAddr{*address};
}

void take_state(TaskNote& note, crash_api::TaskState state) {
    note.state = std::move(state.text);
    note.running_on = state.running_on;
    note.panicked = state.panicked;
}

}  // namespace

void CrashTasks::Known::add(std::uint64_t address, TaskNote note) {
    places.try_emplace(note.tid, notes.size());
    of_structs.try_emplace(address, notes.size());
    notes.push_back(std::move(note));
}

CrashTasks::Known CrashTasks::read() const {
    Known known;
    const KernelReader memory = crash_reader();
    const auto list = read_tasks(memory, crash_member, crash_symbol, memory_);
    if (!list) {  // what crash's own table has
        for (const crash_api::Task& task : crash_api::tasks()) {
            TaskNote note{.tid = task.pid, .command = task.command};
            take_state(note, crash_api::state_of(task.address));
            note.dead = note.state == "ZO" || note.state == "DE";
            known.add(task.address, std::move(note));
        }
        return known;
    }
    const auto calls = read_task_calls(memory, crash_member, crash_symbol, list->tasks);
    for (std::size_t i = 0; i < list->tasks.size(); ++i) {
        const KernelTask& task = list->tasks[i];
        TaskNote note{.tid = task.pid, .tgid = task.tgid, .nspid = task.nspid, .command = task.command};
        take_state(note, crash_api::state_of(task.address.value));
        note.dead = task.dead();
        if (calls && of_the_end()) note.call = (*calls)[i];
        known.add(task.address.value, std::move(note));
    }
    known.whole = list->findings.empty();
    return known;
}

const CrashTasks::Known& CrashTasks::known() const {
    if (!known_) known_ = read();
    return *known_;
}

const TaskNote* CrashTasks::find(Tid tid) const {
    const auto place = known().places.find(tid);
    return place == known().places.end() ? nullptr : &known().notes[place->second];
}

std::optional<Tid> CrashTasks::at(std::uint64_t address) const {
    const auto place = known().of_structs.find(address);
    if (place == known().of_structs.end()) return std::nullopt;
    return known().notes[place->second].tid;
}

}  // namespace kstrax
