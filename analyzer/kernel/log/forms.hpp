// SPDX-License-Identifier: GPL-2.0-or-later
// The forms that kernels have kept their log in, for read_kernel_log: each in the file of its name.
#pragma once

#include "analyzer/kernel/log/kernel_log.hpp"

namespace kstrax {

/// Descriptors, infos and texts, each in a ring, without a lock. Since 896fbe20b4e2 (5.10).
[[nodiscard]] Result<LogReading> read_printk_ring(const LogAccess& access, const LogVisitor& visit);
/// Records one behind the other. Since 7ff9554bb578 (3.5).
[[nodiscard]] Result<LogReading> read_log_records(const LogAccess& access, const LogVisitor& visit);
/// The lines themselves, in a ring of bytes. Before.
[[nodiscard]] Result<LogReading> read_plain_log(const LogAccess& access, const LogVisitor& visit);

}  // namespace kstrax
