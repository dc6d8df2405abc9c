// SPDX-License-Identifier: GPL-2.0-or-later
// All that the kernel's table of process ids names, threads included: a second witness of its list of tasks.
// Source: kernel/pid.c, lib/idr.c and include/linux/xarray.h of Linux 4.20 to 7.0.
#pragma once

#include <vector>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

struct NumberedTask {
    VirtAddr task;
    Tid pid = 0;
};

/// In the order of their ids. What is not there, or leads nowhere, is left out: only tasks whose own pid is the
/// table's are believed, or whose pid is not in memory. `most`: how many tasks there can be.
[[nodiscard]] std::vector<NumberedTask> read_pid_table(KernelReader memory, const FindMember& member,
                                                       const FindSymbol& find, std::uint64_t most);

}  // namespace kstrax
