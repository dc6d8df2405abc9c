// SPDX-License-Identifier: GPL-2.0-or-later
// Return addresses that tracers have replaced by an address of their own, and where those kept them: the function
// graph tracer on a stack of the task's, kretprobes in a list of the task's.
// Source: kernel/trace/fgraph.c and kernel/trace/rethook.c of Linux 5.18 to 7.2.
#pragma once

#include <optional>

#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

class ReturnHooks {
  public:
    ReturnHooks(KernelReader memory, const FindMember& member, const FindSymbol& find);

    /// Where the function really returns to whose return address `address` was read at `slot` on a task's stack.
    /// None where a tracer has taken it away and its own record is not found.
    [[nodiscard]] std::optional<std::uint64_t> undo(std::uint64_t task, std::uint64_t address, std::uint64_t slot);

  private:
    [[nodiscard]] std::optional<std::uint64_t> of_graph(std::uint64_t task, std::uint64_t slot);
    [[nodiscard]] std::optional<std::uint64_t> of_rethook(std::uint64_t task, std::uint64_t slot);

    KernelReader memory_;
    std::optional<VirtAddr> graph_, rethook_;  // what stands there instead
    std::optional<Member> stack_, returns_, place_;
    std::optional<Member> list_, node_, address_, frame_;
};

}  // namespace kstrax
