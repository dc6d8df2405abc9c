// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/return_hooks.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kGraphStack = 4096;  // SHADOW_STACK_SIZE; before 6.11, 50 entries took 2000 to 2400
constexpr unsigned kMostNodes = 256;
constexpr unsigned kMostHooks = 4;  // one upon another, at one place

}  // namespace

ReturnHooks::ReturnHooks(KernelReader memory, const FindMember& member, const FindSymbol& find)
    : memory_(std::move(memory)),
      graph_(find("return_to_handler")),
      rethook_(find("arch_rethook_trampoline")),
      stack_(member("task_struct", "ret_stack")),
      returns_(member("ftrace_ret_stack", "ret")),
      place_(member("ftrace_ret_stack", "retp")),
      list_(member("task_struct", "rethooks.first")),
      node_(member("rethook_node", "llist")),
      address_(member("rethook_node", "ret_addr")),
      frame_(member("rethook_node", "frame")) {}

std::optional<std::uint64_t> ReturnHooks::undo(std::uint64_t task, std::uint64_t address, std::uint64_t slot) {
    std::optional<std::uint64_t> real = address;
    for (unsigned times = 0; real && times < kMostHooks; ++times) {
        if (graph_ && *real == graph_->value) real = of_graph(task, slot);
        else if (rethook_ && *real == rethook_->value) real = of_rethook(task, slot);
        else return real;
    }
    return std::nullopt;
}

/// The stack grows upwards, and old entries lie behind the living: the first that names the slot is right.
/// Since 6.11 entries have data of tracers between them, so this looks at each word.
std::optional<std::uint64_t> ReturnHooks::of_graph(std::uint64_t task, std::uint64_t slot) {
    if (!stack_ || !returns_ || !place_) return std::nullopt;
    const auto stack = memory_.pointer(task + stack_->offset);
    if (!stack || *stack == 0) return std::nullopt;
    for (std::uint64_t at = place_->offset; at < kGraphStack; at += memory_.word_size()) {
        const auto place = memory_.pointer(*stack + at);
        if (!place) return std::nullopt;
        if (*place != slot) continue;
        const auto address = memory_.pointer(*stack + at - place_->offset + returns_->offset);
        if (address && *address != graph_->value) return address;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> ReturnHooks::of_rethook(std::uint64_t task, std::uint64_t slot) {
    if (!list_ || !node_ || !address_ || !frame_) return std::nullopt;
    auto node = memory_.pointer(task + list_->offset);
    for (unsigned nodes = 0; node && *node != 0 && nodes < kMostNodes; ++nodes) {
        const std::uint64_t hook = *node - node_->offset;
        const auto frame = memory_.pointer(hook + frame_->offset);
        const auto address = memory_.pointer(hook + address_->offset);
        if (frame && address && *frame == slot && *address != rethook_->value) return address;
        node = memory_.pointer(*node);
    }
    return std::nullopt;
}

}  // namespace kstrax
