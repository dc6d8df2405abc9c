// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/structure/task_structure.hpp"

#include <fmt/core.h>

#include <array>

#include "analyzer/arch/register_places.hpp"
#include "analyzer/kernel/run_queues.hpp"
#include "analyzer/kernel/structure/member_search.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kInt = 4;

/// Of threads that the kernel makes for a process: the kernel has the argument where it has the function.
struct WorkerRow {
    std::string_view argument;
    std::string_view function;
};
constexpr std::array kWorkers{WorkerRow{"kernel_clone_args.io_thread", "create_io_thread"},
                              WorkerRow{"kernel_clone_args.user_worker", "vhost_task_create"}};

/// What is taken for a CPU's task has a stack.
Result<void> check_queues(KernelReader& memory, const FindMember& member, const FindSymbol& find, std::uint64_t stack) {
    const auto queues = read_run_queues(memory, member, find);
    if (!queues) return queues.error();
    for (const RunQueue& queue : *queues) {
        const auto begin = memory.pointer(queue.current + stack);
        if (!begin || memory.number(*begin, kInt) != kStackEnd)
            return Error{ErrorCode::Corrupt,
                         fmt::format("what CPU {} ran, at {:#x}, is no task", queue.cpu, queue.current)};
    }
    if (queues->empty()) return Error{ErrorCode::NotFound, "no CPU says which task it ran"};
    return {};
}

}  // namespace

Result<TaskStructure> TaskStructure::open(KernelReader memory, const FindSymbol& find) {
    const auto init = find("init_task");
    const auto pids = find("init_pid_ns");
    if (!init || !pids) return Error{ErrorCode::NotFound, "the kernel's symbols have no init_task or init_pid_ns"};
    const auto windows = read_task_windows(memory, init->value);
    if (!windows) return windows.error();
    const auto places = search_members(memory, *windows, pids->value);
    if (!places) return places.error();
    // There may be several CPUs where init_task has the first one's number.
    if (command_at(memory, init->value + windows->command) != "swapper" &&
        !(find("__per_cpu_offset") && find("nr_cpu_ids")))
        return Error{ErrorCode::NotFound, "the kernel's symbols do not say where its CPUs have their variables"};

    const std::uint64_t word = memory.word_size();
    TaskStructure found;
    found.members_ = {
        {"task_struct.tasks", {windows->list, 2 * word}},
        {"task_struct.comm", {windows->command, kCommandSize}},
        {"task_struct.pid", {places->pid, kInt}},
        {"task_struct.tgid", {places->pid + kInt, kInt}},
        {"task_struct.stack", {places->stack, word}},
        {"task_struct.__state", {places->state, kInt}},
        {"task_struct.flags", {places->flags, kInt}},
        {"task_struct.exit_state", {places->exit_state, kInt}},
        {"task_struct.signal", {places->signal, word}},
        {"task_struct.thread_node", {places->thread_node, 2 * word}},
        {"task_struct.thread_pid", {places->thread_pid, word}},
        {"signal_struct.thread_head", {places->thread_head, 2 * word}},
        {"pid.level", {kInt, kInt}},
        {"pid.numbers", {places->numbers, 0}},
        {"upid.nr", {0, kInt}},
        {"upid.", {0, 2 * word}},
    };
    for (const RegisterPlace& place : register_places(memory.architecture()))
        found.members_[fmt::format("pt_regs.{}", place.name)] = {place.offset, place.size};
    for (const WorkerRow& row : kWorkers)
        if (find(row.function)) found.members_[std::string(row.argument)] = {0, kInt};
    if (const auto queues = check_queues(memory, found.finder(), find, places->stack); !queues) return queues.error();
    return found;
}

FindMember TaskStructure::finder() const {
    return [this](std::string_view type, std::string_view path) -> std::optional<Member> {
        const auto found = members_.find(fmt::format("{}.{}", type, path));
        if (found == members_.end()) return std::nullopt;
        return found->second;
    };
}

}  // namespace kstrax
