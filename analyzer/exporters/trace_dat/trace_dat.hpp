// SPDX-License-Identifier: GPL-2.0-or-later
// A recording as a trace.dat file, for trace-cmd, KernelShark and whatever else reads those. Events of the kernel's own
// tracing are passed on as they were recorded; calls of our recorder become such events.
#pragma once

#include <string>
#include <vector>

#include "analyzer/base/cancel.hpp"
#include "analyzer/base/output_file.hpp"
#include "analyzer/trace/record_reader.hpp"

namespace kstrax {

/// What is known of the machine beside its recording. Any may be empty.
struct TraceDatTexts {
    std::string kallsyms;       ///< as /proc has it
    std::string command_lines;  ///< a line "TID COMMAND" for each thread
};

struct TraceDatOutcome {
    std::uint64_t events = 0;     ///< that were written
    std::uint64_t left_out = 0;   ///< larger than a page
    std::vector<CpuTrust> trust;  ///< in what was read
};

/// Writes all of a file but does not commit it. Fails with Cancelled once `cancel` is set.
[[nodiscard]] Result<TraceDatOutcome> write_trace_dat(const Recording& recording, const TraceDatTexts& texts,
                                                      OutputFile& output, const CancelFlag* cancel);

}  // namespace kstrax
