// SPDX-License-Identifier: GPL-2.0-or-later
// The log of a kernel in memory, by all that the kernel says of itself.
#pragma once

#include "analyzer/kernel/log/kernel_log.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"

namespace kstrax {

/// As read_kernel_log() of its parts.
[[nodiscard]] Result<LogReading> read_kernel_log(DumpedKernel& kernel, const LogVisitor& visit);

}  // namespace kstrax
