// SPDX-License-Identifier: GPL-2.0-or-later
// A perf.data file: what it says of the machine and of its events, and where its records lie.
// Source: tools/perf/Documentation/perf.data-file-format.txt and include/uapi/linux/perf_event.h of Linux 6.1 to 7.2.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/importers/trace_dat/trace_file.hpp"

namespace kstrax {

/// One thing that was counted: what its samples hold, as the kernel was asked.
struct PerfCounter {
    std::uint32_t type = 0;          ///< PERF_TYPE_…
    std::uint64_t sample_type = 0;   ///< bits PERF_SAMPLE_…
    std::uint64_t read_format = 0;   ///< bits PERF_FORMAT_…
    bool all_identified = false;     ///< records that are no samples end with who, when and where
    std::vector<std::uint64_t> ids;  ///< of its records, where there are several counters
};
inline constexpr std::uint32_t kPerfTracepoint =
    2;  ///< PerfCounter::type whose samples are events of the kernel's tracing

/// All texts are bytes from the file; empty where it does not say.
struct PerfFile {
    std::endian order = std::endian::little;
    std::vector<PerfCounter> counters;
    Bytes records;
    std::string host, release, machine;  ///< as `uname -nrm`
    std::string version;                 ///< of perf
    std::string clock;                   ///< "monotonic"; perf's own where nobody chose one
    TraceFile formats;                   ///< of the kernel's events: form, page_size, common, types
};

/// Does a file begin as one of perf's?
[[nodiscard]] bool is_perf_file(Bytes file);

/// Fails where its events cannot be told. `file` must outlive the answer.
[[nodiscard]] Result<PerfFile> read_perf_file(Bytes file);

}  // namespace kstrax
