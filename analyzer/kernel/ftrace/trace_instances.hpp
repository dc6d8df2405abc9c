// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own trace rings: each instance of its tracing, and of each the ring of every CPU, page by page.
// Source: kernel/trace/trace.h, trace.c and ring_buffer.c of Linux 5.10 to 7.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/base/types.hpp"
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/ftrace/boot_before.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

/// A page of a ring, or several that are one (since 6.8).
struct TracePage {
    VirtAddr at = {};              ///< of its header
    std::uint64_t events = 0;      ///< that are in it, those that nobody has finished included
    std::uint64_t read_bytes = 0;  ///< of events at its start, that a reader has had
    bool newest = false;           ///< the one that is written to
};

/// What the counters say of events that are in no page.
struct TraceCounts {
    std::uint64_t overwritten = 0;  ///< by newer ones
    std::uint64_t read = 0;         ///< by a reader, who took them out
    std::uint64_t dropped = 0;      ///< the newest: the ring was full, and nothing was to be overwritten
    std::uint64_t interrupted = 0;  ///< an interrupt came in the middle of an event, and filled the ring
};

struct TraceRing {
    CpuId cpu = 0;
    std::vector<TracePage> pages;  ///< that may hold events, the oldest first
    TraceCounts counts;
    bool off = false;        ///< nothing was recorded in it at the end
    bool untouched = false;  ///< nobody has written to it since it was made, or found in memory that is kept
    std::string damage;      ///< a sentence; empty: none

    [[nodiscard]] bool empty() const;
};

/// Whether an instance records a type of event, as it stood at the end.
struct TraceSwitch {
    VirtAddr type;  ///< of its trace_event_call
    bool on = false;
    bool filtered = false;  ///< only those that a filter lets pass
};

struct TraceInstance {
    std::string name;  ///< empty: the one that every kernel has. Bytes from the dump
    std::string clock;
    bool nanoseconds = true;  ///< are what its clock counts
    bool off = false;         ///< nothing was recorded at the end
    bool by_pid = false;      ///< events of some threads only, or not of some
    std::vector<TraceSwitch> switches;
    std::uint64_t page_size = 0;
    std::vector<TraceRing> rings;           ///< of CPUs that have one, ascending
    std::string damage;                     ///< why rings are missing; empty: none are
    bool persistent = false;                ///< its memory is kept over a reboot
    std::optional<BootBefore> boot_before;  ///< has recorded what is in it; none: this one

    [[nodiscard]] bool empty() const;
};

/// Every instance, the kernel's own first; behind them snapshots that hold events, as "NAME/snapshot". Fails where symbols or types that this needs are not known.
/// `page_size`: of the kernel; `memory_size`: of the machine, which bounds how many pages there can be.
[[nodiscard]] Result<std::vector<TraceInstance>> read_trace_instances(const KernelReader& memory,
                                                                      const FindMember& member, const FindSymbol& find,
                                                                      std::uint64_t page_size,
                                                                      std::uint64_t memory_size);

}  // namespace kstrax
