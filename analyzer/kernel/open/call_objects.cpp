// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/open/call_objects.hpp"

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::size_t kLongestText = 256;
constexpr std::uint64_t kMostWords = 4096;  // of a stack of 32 KiB

}  // namespace

CallObjects::CallObjects(DumpedKernel& kernel, std::span<const KernelTask> tasks) : memory_(kernel.reader()) {
    const auto member = kernel.member();
    if (kernel.types() == nullptr || !member) return;
    const auto init = std::ranges::find(tasks, 1U, &KernelTask::pid);
    const std::uint64_t first = init == tasks.end() ? 0 : init->address.value;
    if (auto files = OpenFiles::open(memory_, *member, first)) files_.emplace(std::move(*files));
    names_.emplace(memory_, *member);
    if (auto user = UserMemory::open(kernel.source(), kernel.space(), *member, first)) user_.emplace(std::move(*user));
}

std::optional<UsedFile> CallObjects::file(const KernelTask& task, const KernelStack& stack, std::uint32_t number) {
    if (!files_) return std::nullopt;
    auto file = files_->behind(task.address.value, number);
    if (file == nullptr) return std::nullopt;
    const bool sure = uses(words_of(task, stack), *file);
    return UsedFile{std::move(file), sure};
}

std::optional<UserText> CallObjects::text(const KernelTask& task, const KernelStack& stack, std::uint64_t at) {
    if (at == 0) return std::nullopt;
    if (user_) {
        UserText text = user_->text(task.address.value, at, kLongestText);
        if (!text.missing) return text;
    }
    if (!names_) return std::nullopt;
    auto name = names_->name(words_of(task, stack), at);
    if (!name) return std::nullopt;
    return UserText{.text = std::move(*name), .whole = true};
}

/// From where the task stopped up to the registers of user mode.
std::span<const std::uint64_t> CallObjects::words_of(const KernelTask& task, const KernelStack& stack) {
    if (words_of_ == task.address.value) return words_;
    words_of_ = task.address.value;
    words_.clear();
    // One that an interrupt or a fault has left for another stack: from its last frame there.
    const std::uint64_t lowest = stack.registers - std::min(stack.registers, kMostWords * memory_.word_size());
    std::uint64_t from = stack.registers;
    const auto take = [&](std::uint64_t at) {
        if (at >= lowest) from = std::min(from, at);
    };
    take(stack.sp);
    for (const StackFrame& frame : stack.frames) take(frame.slot.value);
    words_.resize(static_cast<std::size_t>((stack.registers - from) / memory_.word_size()));
    if (!memory_.read(from, std::as_writable_bytes(std::span(words_)))) words_.clear();
    return words_;
}

}  // namespace kstrax
