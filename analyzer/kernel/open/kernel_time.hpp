// SPDX-License-Identifier: GPL-2.0-or-later
// What time it was for the kernel in memory when it stopped.
// Source: kernel/time/timekeeping.c of Linux 5.10 to 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzer/kernel/open/dumped_kernel.hpp"

namespace kstrax {

struct KernelTime {
    std::optional<std::int64_t> wall;    ///< seconds since 1970, UTC
    std::optional<std::uint64_t> since;  ///< seconds since it began, in suspension, too
};

/// By the kernel's own clock, as of its last tick; the wall clock by VMCOREINFO, where a dying kernel has noted it.
[[nodiscard]] KernelTime read_kernel_time(DumpedKernel& kernel);

/// Of the machine, as uname -n has it in its first namespace. Empty: not known. Bytes from the dump: anything.
[[nodiscard]] std::string read_host_name(DumpedKernel& kernel);

}  // namespace kstrax
