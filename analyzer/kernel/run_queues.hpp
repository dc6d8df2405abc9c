// SPDX-License-Identifier: GPL-2.0-or-later
// What each CPU of the dumped kernel ran, and which of them panicked.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

struct RunQueue {
    CpuId cpu = 0;
    std::uint64_t current = 0;  ///< address of the task_struct that it ran
    std::uint64_t idle = 0;     ///< of its idle task; 0: not known
    std::uint64_t area = 0;     ///< from a per-CPU symbol to this CPU's variable
    std::uint64_t queue = 0;    ///< address of its struct rq; 0: not known
};

/// Of the CPUs that have been up. Those whose memory is not there are left out.
[[nodiscard]] Result<std::vector<RunQueue>> read_run_queues(KernelReader memory, const FindMember& member,
                                                            const FindSymbol& find);

/// The CPU that panicked or crashed into a capture kernel; none if none did, or it is not known.
[[nodiscard]] std::optional<CpuId> panicked_cpu(KernelReader memory, const FindSymbol& find);

}  // namespace kstrax
