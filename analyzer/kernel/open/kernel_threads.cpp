// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/open/kernel_threads.hpp"

#include <algorithm>
#include <array>

#include "analyzer/kernel/modules.hpp"

namespace kstrax {

namespace {

/// Functions that a call runs on its way back to user mode begin so. Later kernels have them in the entry itself.
constexpr std::array kWaysOut{std::string_view("syscall_exit_"), std::string_view("exit_to_user_mode")};
/// There a stop for a tracer has one of these next to it, before the call as behind it, and the task says which.
constexpr std::string_view kStop = "ptrace_notify";
constexpr std::array kEntries{std::string_view("do_syscall_64"), std::string_view("do_int80"),
                              std::string_view("__do_fast_syscall_32"), std::string_view("do_fast_syscall_32")};
constexpr std::uint64_t kStopBehind = 2;  // PTRACE_EVENTMSG_SYSCALL_EXIT, since 201766a20e30 in 5.3

bool begins_with_any(const CodePlace* code, std::span<const std::string_view> beginnings) {
    return code != nullptr &&
           std::ranges::any_of(beginnings, [&](auto begin) { return code->name.starts_with(begin); });
}

}  // namespace

Result<std::unique_ptr<KernelThreads>> KernelThreads::open(DumpedKernel& kernel) {
    if (kernel.symbols() == nullptr) return kernel.symbols_error();
    auto member = kernel.member();
    if (!member) return member.error();
    const FindSymbol find = kernel.find();
    std::unique_ptr<KernelThreads> threads(new KernelThreads(kernel, std::move(*member)));
    auto list = read_tasks(threads->memory_, threads->member_, find, kernel.memory_size());
    if (!list) return list.error();
    threads->list_ = std::move(*list);
    threads->list_.findings.append(kernel.damage());
    auto calls = read_task_calls(threads->memory_, threads->member_, find, threads->tasks());
    if (calls) threads->calls_ = std::move(*calls);
    else {
        threads->no_calls_ = calls.error().message;
        note_damage(threads->list_.findings, "calls of tasks", calls.error());
    }
    threads->settled_.resize(threads->calls_.size());
    auto queues = read_run_queues(threads->memory_, threads->member_, find);
    if (queues) threads->queues_ = std::move(*queues);
    threads->open_clocks();
    return threads;
}

void KernelThreads::open_stacks() {
    stacks_opened_ = true;
    if (kernel_.types() == nullptr) {
        no_stacks_ = kernel_.types_error().message;
        return;
    }
    const FindSymbol find = kernel_.find();
    auto modules = read_modules(kernel_.space(), *kernel_.types(), find, kernel_.memory_size());
    std::vector<KernelModule> known;
    if (modules) {
        known = std::move(modules->modules);
        if (!modules->damage.empty()) list_.findings.add(FindingId::KernelDamaged, modules->damage);
    } else {
        note_damage(list_.findings, "modules", modules.error());
    }
    names_.emplace(
        memory_, member_, find, [this](VirtAddr at) { return kernel_.symbols()->nearest(at); }, known);
    auto stacks = StackReader::open(memory_, member_, find, known, *names_);
    if (!stacks) {
        no_stacks_ = stacks.error().message;
        note_damage(list_.findings, "tables for stacks", stacks.error());
        return;
    }
    stacks_.emplace(std::move(*stacks));
    locks_.emplace(memory_, member_, tasks(), *names_);
    lock_names_.emplace(memory_, member_, find, *names_);
    holders_.emplace(memory_, member_, tasks());
    file_locks_.emplace(memory_, member_, tasks(), *names_, *holders_);
    registers_ = read_cpu_registers(memory_, member_, find, queues_, kernel_.notes());
}

void KernelThreads::open_clocks() {
    last_ran_ = member_("task_struct", "se.exec_start");
    last_arrival_ = member_("task_struct", "sched_info.last_arrival");
    const auto clock = member_("rq", "clock");
    if (!clock) return;
    for (const RunQueue& queue : queues_)
        if (const auto now = queue.queue != 0 ? memory_.number(queue.queue + clock->offset, clock->size) : std::nullopt)
            now_ = std::max(now_.value_or(0), *now);
}

const std::string& KernelThreads::no_stacks() {
    if (!stacks_opened_) open_stacks();
    return no_stacks_;
}

/// A call that the kernel does not have leaves the same registers while it is made and behind its end. There, a task
/// stops for a signal or a tracer, waits uninterruptibly, or is preempted. None where its stack is not there. Where stacks
/// are not read at all, a tracer's stop alone is told.
std::optional<bool> KernelThreads::on_its_way_out(std::size_t place) {
    const std::string_view state = state_name(list_.tasks[place].state);
    if (state == "IN") return false;
    if (!no_stacks().empty()) return state == "TR" && stopped_behind(list_.tasks[place]);
    const KernelStack all = stack(place);
    if (stacks_ && all.end == StackEnd::NotThere) return std::nullopt;
    const CodePlace* inner = nullptr;
    for (const StackFrame& frame : all.frames) {
        const bool stop = inner != nullptr && inner->name == kStop;
        inner = name_of(frame);
        if (begins_with_any(inner, kWaysOut)) return true;
        if (stop && begins_with_any(inner, kEntries)) return stopped_behind(list_.tasks[place]);
    }
    return false;
}

bool KernelThreads::stopped_behind(const KernelTask& task) {
    const auto said = member_("task_struct", "ptrace_message");
    return said && memory_.number(task.address.value + said->offset, said->size) == kStopBehind;
}

TaskCall KernelThreads::call(std::size_t place) {
    if (calls_.empty()) return {};
    TaskCall& call = calls_[place];
    if (call.place == CallPlace::Inside && !settled_[place]) {
        const auto out = on_its_way_out(place);
        if (!out) call = {};
        else if (*out && list_.tasks[place].running_on) call = {.place = CallPlace::Nowhere};
        else if (*out) call.place = CallPlace::Behind;
    }
    settled_[place] = true;
    return call;
}

KernelStack KernelThreads::stack(std::size_t place) {
    if (!stacks_opened_) open_stacks();
    if (!stacks_) return {.frames = {}, .end = StackEnd::NoTables};
    const KernelTask& task = list_.tasks[place];
    const auto ran_with = task.running_on ? registers_.find(*task.running_on) : registers_.end();
    return ran_with != registers_.end() ? stacks_->of(task, ran_with->second) : stacks_->of(task);
}

const CodePlace* KernelThreads::name_of(const StackFrame& frame) {
    if (!names_) return nullptr;
    return frame.interrupted ? names_->at(frame.code) : names_->of_return(frame.code);
}

std::optional<LockWait> KernelThreads::lock(std::size_t place, const KernelStack& stack) {
    if (!locks_) return std::nullopt;
    auto wait = locks_->of(list_.tasks[place], stack);
    if (!wait) return file_locks_->of(list_.tasks[place], stack);
    lock_names_->add_to(*wait);
    return wait;
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
