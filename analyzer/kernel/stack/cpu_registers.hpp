// SPDX-License-Identifier: GPL-2.0-or-later
// The registers that each CPU of the dumped kernel ended with.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "analyzer/arch/cpu_registers.hpp"
#include "analyzer/kernel/run_queues.hpp"

namespace kstrax {

/// First those that a dying kernel itself leaves in memory, for each CPU (crash_notes), as a crash kernel's dump has
/// them. Then those of `notes` whose CPU is known: by its own area of variables (QEMU's notes of x86); or (arm64)
/// because their stack is the one of the task that it ran, or leads there, or because only notes of user mode are left.
/// Notes that say nothing but their order are not taken: CPUs that were offline have none.
[[nodiscard]] std::map<CpuId, CpuRegisters> read_cpu_registers(KernelReader memory, const FindMember& member,
                                                               const FindSymbol& find, std::span<const RunQueue> queues,
                                                               std::span<const Note> notes);

}  // namespace kstrax
