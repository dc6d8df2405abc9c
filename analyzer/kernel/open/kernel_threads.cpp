// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/open/kernel_threads.hpp"

#include <algorithm>

#include "analyzer/kernel/modules.hpp"

namespace kstrax {

Result<std::unique_ptr<KernelThreads>> KernelThreads::open(DumpedKernel& kernel) {
    if (kernel.symbols() == nullptr) return kernel.symbols_error();
    const auto member = kernel.member();
    if (!member) return member.error();
    const FindSymbol find = kernel.find();
    std::unique_ptr<KernelThreads> threads(new KernelThreads(kernel));
    auto list = read_tasks(threads->memory_, *member, find, kernel.memory_size());
    if (!list) return list.error();
    threads->list_ = std::move(*list);
    auto calls = read_task_calls(threads->memory_, *member, find, threads->tasks());
    if (calls) threads->calls_ = std::move(*calls);
    else threads->no_calls_ = calls.error().message;
    const auto queues = read_run_queues(threads->memory_, *member, find);
    if (!queues) return queues.error();
    threads->open_clocks(*member, find, *queues);
    threads->open_stacks(kernel, *member, *queues);
    return threads;
}

void KernelThreads::open_stacks(DumpedKernel& kernel, const FindMember& member, std::span<const RunQueue> queues) {
    if (kernel.types() == nullptr) {
        no_stacks_ = kernel.types_error().message;
        return;
    }
    const FindSymbol find = kernel.find();
    auto modules = read_modules(kernel.space(), *kernel.types(), find, kernel.memory_size());
    std::vector<KernelModule> known;
    if (modules) known = std::move(modules->modules);
    names_.emplace(
        memory_, member, find, [&kernel](VirtAddr at) { return kernel.symbols()->nearest(at); }, known);
    auto stacks = StackReader::open(memory_, member, find, known, *names_);
    if (!stacks) {
        no_stacks_ = stacks.error().message;
        return;
    }
    stacks_.emplace(std::move(*stacks));
    locks_.emplace(memory_, member, tasks(), *names_);
    registers_ = read_cpu_registers(memory_, find, queues, kernel.notes());
}

void KernelThreads::open_clocks(const FindMember& member, const FindSymbol& find, std::span<const RunQueue> queues) {
    last_ran_ = member("task_struct", "se.exec_start");
    last_arrival_ = member("task_struct", "sched_info.last_arrival");
    const auto symbol = find("runqueues");
    const auto clock = member("rq", "clock");
    if (!symbol || !clock) return;
    for (const RunQueue& queue : queues)
        if (const auto now = memory_.number(symbol->value + queue.area + clock->offset, clock->size))
            now_ = std::max(now_.value_or(0), *now);
}

KernelStack KernelThreads::stack(std::size_t place) {
    if (!stacks_) return {};
    const KernelTask& task = list_.tasks[place];
    const auto ran_with = task.running_on ? registers_.find(*task.running_on) : registers_.end();
    return ran_with != registers_.end() ? stacks_->of(task, ran_with->second) : stacks_->of(task);
}

const CodePlace* KernelThreads::name_of(const StackFrame& frame) {
    if (!names_) return nullptr;
    return frame.interrupted ? names_->at(frame.code) : names_->of_return(frame.code);
}

std::optional<LockWait> KernelThreads::lock(std::size_t place, const KernelStack& stack) {
    return locks_ ? locks_->of(list_.tasks[place], stack) : std::nullopt;
}

std::optional<Nanos> KernelThreads::off_cpu(std::size_t place) {
    const KernelTask& task = list_.tasks[place];
    if (!now_ || task.running_on || task.pid == 0) return std::nullopt;
    // 0 in a task that was moved while it slept.
    for (const auto& member : {last_ran_, last_arrival_}) {
        const auto time = member ? memory_.number(task.address.value + member->offset, member->size) : std::nullopt;
        if (time && *time != 0) return *now_ - std::min(*now_, *time);
    }
    return std::nullopt;
}

}  // namespace kstrax
