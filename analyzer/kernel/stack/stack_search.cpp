// SPDX-License-Identifier: GPL-2.0-or-later
// A stack whose saved stack pointer is not in memory. Each switch of tasks leaves the address behind its call on the
// stack, and later calls leave some of these as they were: most of those no longer lead to the stack's end, or lead there
// by calls of other functions.
#include <algorithm>

#include "analyzer/kernel/stack/direct_calls.hpp"
#include "analyzer/kernel/stack/kernel_stack.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kStackSize = 16 << 10;     // THREAD_SIZE of x86-64, and of arm64 with small pages
constexpr std::uint64_t kMostOfUser = 512;         // from a user's registers to the end
constexpr std::uint64_t kMostSchedule = 16 << 10;  // bytes of __schedule

}  // namespace

/// Behind __schedule's calls of what switches.
std::vector<std::uint64_t> StackReader::returns_of_switch() {
    std::vector<std::uint64_t> found;
    if (const auto begin = unwinder_->beginning()) found.push_back(begin->value);
    const CallInstruction* call = memory_.architecture().direct_call;
    if (!schedule_ || !switch_to_ || call == nullptr) return found;
    std::vector<std::byte> code;
    while (code.size() < kMostSchedule) {
        const std::uint64_t from = schedule_->value + code.size(), done = code.size();
        code.resize(static_cast<std::size_t>(done + kSmallestPage - from % kSmallestPage));
        if (memory_.read(from, MutableBytes(code).subspan(static_cast<std::size_t>(done)))) continue;
        code.resize(static_cast<std::size_t>(done));
        break;
    }
    for (std::size_t at = 0; at + call->size <= code.size(); at += call->step) {
        const std::uint64_t behind = schedule_->value + at + call->size;
        const CodePlace* place = nullptr;
        if (call->target(Bytes(code).subspan(at, call->size), behind) == switch_to_->value)
            place = names_->of_return({behind});
        if (place != nullptr && place->start == *schedule_) found.push_back(behind);
    }
    return found;
}

/// Frames whose call was of another function than the one they called. A few are there in every stack: a function
/// may end by a jump to another.
std::size_t StackReader::contradictions(const KernelStack& stack) {
    std::size_t count = 0;
    for (std::size_t i = 1; i < stack.frames.size(); ++i) {
        const StackFrame &inner = stack.frames[i - 1], &frame = stack.frames[i];
        const std::uint64_t target = frame.interrupted ? 0 : called_before(memory_, frame.code.value).value_or(0);
        const CodePlace* place = inner.interrupted ? names_->at(inner.code) : names_->of_return(inner.code);
        if (target == 0 || place == nullptr || target == place->start.value) continue;
        const CodePlace* called = names_->at({target});
        const std::string_view thunks = memory_.architecture().direct_call->thunks;
        if (thunks.empty() || called == nullptr || !called->name.starts_with(thunks)) ++count;
    }
    return count;
}

KernelStack StackReader::searched(const KernelTask& task) {
    KernelStack best;
    const auto begin = memory_.pointer(task.address.value + stack_);
    std::vector<std::uint64_t> words(kStackSize / sizeof(std::uint64_t));
    if (!begin || !memory_.read(*begin, std::as_writable_bytes(std::span(words)))) return best;
    if (!returns_) returns_ = returns_of_switch();
    std::size_t fewest = ~std::size_t{0}, alike = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (std::ranges::find(*returns_, words[i]) == returns_->end()) continue;
        const auto start = unwinder_->sleeping_at(task.address.value, *begin + i * sizeof(std::uint64_t));
        if (!start) continue;
        KernelStack stack = unwind(*start);
        const bool user = stack.end == StackEnd::UserMode && stack.registers + kMostOfUser > *begin + kStackSize;
        if (!user && stack.end != StackEnd::Whole) continue;
        const std::size_t count = contradictions(stack);
        alike = count == fewest ? alike + 1 : count < fewest ? 1 : alike;
        if (count < fewest) {
            fewest = count;
            best = std::move(stack);
        }
    }
    if (alike != 1) return {};
    for (StackFrame& frame : best.frames) frame.guessed = true;
    return best;
}

}  // namespace kstrax
