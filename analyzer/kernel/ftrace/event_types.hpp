// SPDX-License-Identifier: GPL-2.0-or-later
// What the events in the kernel's trace rings are, by the kernel's own lists.
// Source: include/linux/trace_events.h and kernel/trace/trace.h of Linux 5.10 to 7.3.
#pragma once

#include <string>
#include <vector>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/recording/trace_events.hpp"

namespace kstrax {

/// Ascending by id. A damaged list is read as far as it goes. Fails where symbols or types that this needs are not known.
[[nodiscard]] Result<std::vector<TraceEventType>> read_event_types(const KernelReader& memory, const FindMember& member,
                                                                   const FindSymbol& find);

/// How the event with this trace_event_call is printed; empty: it cannot be read.
[[nodiscard]] std::string read_print_format(const KernelReader& memory, const FindMember& member, VirtAddr call);

}  // namespace kstrax
