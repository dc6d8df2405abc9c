// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/task_calls.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "analyzer/kernel/btf/register_member.hpp"
#include "formats/call_numbers.hpp"

namespace kstrax {

namespace {

/// Where a CPU keeps the end of the registers on the stack that it uses: a per-CPU variable, or a
/// member of one (until 1591584e2e76 in 5.13, and from c063a217bc07 in 6.2 until 6.14).
struct TopRow {
    std::string_view symbol;
    std::string_view type;
    std::string_view member;
};
constexpr std::array kTops{TopRow{"cpu_current_top_of_stack", "", ""}, TopRow{"pcpu_hot", "pcpu_hot", "top_of_stack"},
                           TopRow{"cpu_tss_rw", "tss_struct", "x86_tss.sp1"}};

constexpr std::uint64_t kSmallestStack = 4096;
constexpr std::uint64_t kLargestStack = 64 << 10;
constexpr std::string_view kStackMode = "ss";  // the stack's segment has the mode's bits, as the code's has
constexpr std::array<std::uint64_t, 3> kPaddings{0, 8, 16};
constexpr std::uint64_t kMostPadding = 16;  // TOP_OF_KERNEL_STACK_PADDING is 0, 8 or 16
constexpr std::int64_t kNoResult = -38;     // -ENOSYS

/// Threads that the kernel makes for a process. Their flags meant other things before there were such
/// threads, which the argument shows that asks for one.
struct WorkerRow {
    std::string_view argument;  ///< member of struct kernel_clone_args
    std::uint64_t flags;
};
constexpr std::array kWorkers{WorkerRow{"io_thread", 0x10},       // PF_IO_WORKER
                              WorkerRow{"user_worker", 0x4010}};  // PF_USER_WORKER, PF_IO_WORKER

std::uint64_t number_at(std::span<const std::byte> frame, const Member& member) {
    std::uint64_t value = 0;
    std::memcpy(&value, frame.data() + member.offset, static_cast<std::size_t>(member.size));
    return value;
}

std::int64_t sign_extended(std::uint64_t value, std::uint64_t size) {
    const auto unused = static_cast<unsigned>(64 - 8 * size);
    return static_cast<std::int64_t>(value << unused) >> unused;
}

/// The distance from the begin of a stack to the end of its registers, from the running tasks. While
/// a CPU switches from one task to the next, its two pointers belong to different tasks. So this is
/// the distance that most CPUs agree on.
std::optional<std::uint64_t> depth_of_registers(KernelReader& memory, const FindMember& member, const FindSymbol& find,
                                                const Member& stack, std::span<const RunQueue> queues) {
    std::map<std::uint64_t, unsigned> said;
    for (const TopRow& row : kTops) {
        if (!said.empty()) break;  // a kernel has one of them
        const auto symbol = find(row.symbol);
        if (!symbol) continue;
        const auto place = row.type.empty() ? std::optional(Member{}) : member(row.type, row.member);
        if (!place) continue;
        for (const RunQueue& queue : queues) {
            const auto top = memory.pointer(symbol->value + queue.area + place->offset);
            const auto begin = memory.pointer(queue.current + stack.offset);
            if (!top || !begin || *top <= *begin) continue;
            const std::uint64_t depth = *top - *begin;
            if (depth < kSmallestStack - kMostPadding || depth > kLargestStack) continue;
            if (std::bit_ceil(depth) - depth <= kMostPadding) ++said[depth];
        }
    }
    const auto most = std::ranges::max_element(said, {}, [](const auto& one) { return one.second; });
    if (most == said.end()) return std::nullopt;
    return most->first;
}

}  // namespace

Result<TaskCalls> TaskCalls::open(KernelReader memory, const FindMember& member, const FindSymbol& find,
                                  std::span<const RunQueue> queues) {
    const CallRegisters* row = memory.architecture().call_registers;
    if (row == nullptr)
        return Error{ErrorCode::Unsupported, "which call a task is in is not known on this architecture"};
    TaskCalls calls(memory, *row);
    const auto stack = member("task_struct", "stack");
    const auto whole = member("pt_regs", "");
    if (!stack || !whole) return Error{ErrorCode::NotFound, "no type pt_regs, or no member stack in task_struct"};
    if (whole->size > kMostRegisters || stack->offset > kLargestStack)
        return Error{ErrorCode::Corrupt,
                     fmt::format("pt_regs has {} bytes, task_struct.stack lies at {}", whole->size, stack->offset)};
    calls.stack_ = *stack;
    calls.size_ = whole->size;
    bool known = true;
    const auto place = [&](std::string_view name) {
        const auto found = register_member(member, name, memory.word_size());
        if (found && found->size > 0 && found->size <= sizeof(std::uint64_t) &&
            found->offset + found->size <= whole->size)
            return *found;
        known = false;
        return Member{};
    };
    calls.number_ = place(row->number);
    calls.mode_ = place(row->mode);
    calls.stack_mode_ = member("pt_regs", kStackMode);
    if (calls.stack_mode_ && (calls.stack_mode_->size > sizeof(std::uint64_t) ||
                              calls.stack_mode_->offset + calls.stack_mode_->size > whole->size))
        known = false;
    calls.native_.result = calls.compat_.result = place(row->result);
    if (!row->untouched.empty()) calls.untouched_ = place(row->untouched);
    if (!row->code.empty()) calls.code_ = place(row->code);
    if (!row->cause.empty()) calls.cause_ = place(row->cause);
    std::ranges::transform(row->args, calls.native_.args.begin(), place);
    if (row->compat_status != 0 || row->compat_mode != 0) {
        std::ranges::transform(row->compat_args, calls.compat_.args.begin(), place);
        calls.compat_.result.size = 4;
    }
    if (row->compat_status != 0) {
        // Where thread_info lies in task_struct: since 15f4eae70d36 (4.9).
        const auto info = member("task_struct", "thread_info");
        calls.status_ = member("thread_info", "status");
        known = known && info && calls.status_ && info->offset + calls.status_->offset <= kLargestStack &&
                calls.status_->size <= 8;
        if (known) calls.status_->offset += info->offset;
    }
    if (!known)
        return Error{ErrorCode::NotFound, "no such members in pt_regs and thread_info as this architecture has"};
    if (row->stack_sizes.empty()) {
        const auto depth = depth_of_registers(memory, member, find, *stack, queues);
        if (!depth || *depth < whole->size)
            return Error{ErrorCode::NotFound, "no CPU tells where on its stack the registers lie"};
        for (const std::uint64_t padding : kPaddings) calls.depths_.push_back(*depth - std::min(*depth, padding));
    } else {
        calls.depths_.assign(row->stack_sizes.begin(), row->stack_sizes.end());
    }
    calls.depth_ = calls.depths_.front();
    calls.workers_ = kKernelThread;
    for (const WorkerRow& worker : kWorkers)
        if (member("kernel_clone_args", worker.argument)) calls.workers_ |= worker.flags;
    return calls;
}

bool TaskCalls::of_user_mode(std::span<const std::byte> frame, const Member& mode) const {
    return (number_at(frame, mode) & row_->mode_mask) == row_->user_mode;
}

bool TaskCalls::never_in_user_mode(const KernelTask& task) const {
    return task.dead() || (task.flags & workers_) != 0;  // a zombie has no stack
}

Result<void> TaskCalls::settle(std::span<const KernelTask> tasks) {
    if (!stack_mode_ && !code_) return {};
    std::vector<std::byte> frame(static_cast<std::size_t>(size_));
    std::vector<std::size_t> fitting(depths_.size());
    std::size_t asked = 0;
    for (const KernelTask& task : tasks) {
        const auto stack =
            never_in_user_mode(task) ? std::nullopt : memory_.pointer(task.address.value + stack_.offset);
        if (!stack || *stack == 0) continue;
        ++asked;
        for (std::size_t i = 0; i < depths_.size(); ++i) {
            if (depths_[i] < size_ || !memory_.read(*stack + depths_[i] - size_, frame)) continue;
            const bool fits = of_user_mode(frame, mode_) && (!stack_mode_ || of_user_mode(frame, *stack_mode_)) &&
                              (!code_ || number_at(frame, *code_) != 0);
            fitting[i] += fits ? 1 : 0;
        }
    }
    const auto most = std::ranges::max_element(fitting);
    if (*most <= asked / 2 || std::ranges::count(fitting, *most) != 1)
        return Error{ErrorCode::NotFound,
                     fmt::format("of {} tasks, too few have a user's registers in one place", asked)};
    depth_ = depths_[static_cast<std::size_t>(most - fitting.begin())];
    return {};
}

TaskCall TaskCalls::read(std::span<const std::byte> frame, bool compat) const {
    const TaskCall nowhere{.place = CallPlace::Nowhere};
    if (!of_user_mode(frame, mode_)) return {};
    const std::uint64_t size = compat ? 4 : number_.size;
    const std::int64_t number = sign_extended(number_at(frame, number_), size);
    if (number == -1 || (cause_ && number_at(frame, *cause_) != row_->cause_of_call)) return nowhere;
    const Places& places = compat ? compat_ : native_;
    const std::int64_t result = sign_extended(number_at(frame, places.result), places.result.size);
    const bool unfinished = (row_->enosys_first && result == kNoResult) ||
                            (untouched_ && result == sign_extended(number_at(frame, *untouched_), places.result.size));
    const bool other = !compat && number > 0 && (static_cast<std::uint64_t>(number) & row_->other_table) != 0;
    TaskCall call{.place = unfinished ? CallPlace::Inside : CallPlace::Behind,
                  .abi = static_cast<std::uint16_t>(compat  ? kAbiCompat
                                                    : other ? kAbiX32
                                                            : kAbiNative)};
    call.nr = stored_number(static_cast<std::uint64_t>(number) & ~(other ? row_->other_table : 0));
    for (std::size_t i = 0; i < places.args.size(); ++i) call.args[i] = number_at(frame, places.args[i]);
    return call;
}

TaskCall TaskCalls::of(const KernelTask& task) {
    const TaskCall nowhere{.place = CallPlace::Nowhere};
    if (never_in_user_mode(task)) return nowhere;
    const auto stack = memory_.pointer(task.address.value + stack_.offset);
    if (!stack || *stack == 0) return {};
    std::vector<std::byte> frame(static_cast<std::size_t>(size_));
    if (!memory_.read(*stack + depth_ - size_, frame)) return {};
    bool compat = false;
    if (status_) {
        const auto status = memory_.number(task.address.value + status_->offset, status_->size);
        if (!status) return {};
        compat = (*status & row_->compat_status) != 0;
    }
    compat = compat || (number_at(frame, mode_) & row_->compat_mode) != 0;
    const TaskCall call = read(frame, compat);
    // In user mode what the last call left still stands there: a running task is as good as out.
    return call.place == CallPlace::Behind && task.running_on ? nowhere : call;
}

Result<std::vector<TaskCall>> read_task_calls(const KernelReader& memory, const FindMember& member,
                                              const FindSymbol& find, std::span<const KernelTask> tasks) {
    const auto queues = read_run_queues(memory, member, find);
    if (!queues) return queues.error();
    auto calls = TaskCalls::open(memory, member, find, *queues);
    if (!calls) return calls.error();
    if (const auto settled = calls->settle(tasks); !settled) return settled.error();
    std::vector<TaskCall> all;
    for (const KernelTask& task : tasks) all.push_back(calls->of(task));
    return all;
}

}  // namespace kstrax
