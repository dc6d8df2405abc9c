// SPDX-License-Identifier: GPL-2.0-or-later
// What time it was for the kernel in memory when it stopped.
// Source: kernel/time/timekeeping.c of Linux 5.10 to 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzer/base/types.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"

namespace kstrax {

struct KernelTime {
    std::optional<std::int64_t> wall;    ///< seconds since 1970, UTC
    std::optional<std::uint64_t> since;  ///< seconds since it began, in suspension, too
};

/// By the kernel's own clock, as of its last tick; the wall clock by VMCOREINFO, where a dying kernel has noted it.
[[nodiscard]] KernelTime read_kernel_time(DumpedKernel& kernel);

/// Nanoseconds by which the kernel's local_clock(), of which its log has the times, is ahead of CLOCK_MONOTONIC. The kernel
/// keeps it for clocks that may be unstable (x86), to about a tick. None: it does not.
/// Source: __gtod_offset of kernel/sched/clock.c.
[[nodiscard]] std::optional<std::int64_t> log_clock_lead(DumpedKernel& kernel);
/// A time of the log's clock as one of CLOCK_MONOTONIC; 0 where that would lie before its zero.
[[nodiscard]] inline Nanos to_monotonic(Nanos local, std::int64_t lead) {
    const Nanos shifted = local - static_cast<Nanos>(lead);
    return lead > 0 && shifted > local ? 0 : shifted;
}

/// Of the machine, as uname -n has it in its first namespace. Empty: not known. Bytes from the dump: anything.
[[nodiscard]] std::string read_host_name(DumpedKernel& kernel);

}  // namespace kstrax
