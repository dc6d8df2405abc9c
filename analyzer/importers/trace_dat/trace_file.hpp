// SPDX-License-Identifier: GPL-2.0-or-later
// A trace.dat file, as trace-cmd makes it of the kernel's trace rings: what it says of them, and where their pages lie.
// Source: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5) of trace-cmd 3.1.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/base/finding.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/importers/ftrace/ring_page.hpp"
#include "analyzer/importers/ftrace/trace_track.hpp"
#include "analyzer/recording/trace_events.hpp"

namespace kstrax {

/// The pages of a CPU, within the file.
struct TraceFileCpu {
    CpuId cpu = 0;
    std::uint64_t offset = 0;  ///< bytes
    std::uint64_t size = 0;    ///< bytes
};

/// The rings of one instance of tracing.
struct TraceFileBuffer {
    std::string name;  ///< empty: the one that every kernel has
    std::string clock;
    std::uint32_t page_size = 0;  ///< bytes
    bool compressed = false;
    std::vector<TraceFileCpu> cpus;
};

/// How parts of a file are stored. The numbers are those of pages in dumps.
enum class TraceCompression : std::uint32_t { None = 0, Zlib = 1, Zstd = 0x20 };

/// What tracefs's per_cpu/cpuN/stats said of a ring.
struct TraceStatistics {
    std::string instance;
    std::string text;
};

/// All texts are bytes from the file.
struct TraceFile {
    unsigned version = 0;  ///< 6 or 7
    RingPageForm form;     ///< of the kernel
    std::uint32_t page_size = 0;
    TraceCompression compression = TraceCompression::None;
    std::vector<TraceField> common;     ///< fields that every event begins with
    std::vector<TraceEventType> types;  ///< of one system those are together
    std::vector<TraceFileBuffer> buffers;
    std::string uname;                           ///< "Linux HOST RELEASE MACHINE"; empty: the file does not say
    const Architecture* architecture = nullptr;  ///< by the kernel's symbols, where there is no uname; null: not known
    std::string clock;                           ///< that was chosen, where a buffer does not say
    std::int64_t offset = 0;                     ///< to be added to each time, in ns
    std::optional<TraceTime> tsc;
    std::vector<TraceStatistics> statistics;
    std::map<Tid, std::string> commands;  ///< names of threads
    Findings damage;                      ///< parts that cannot be read
};

/// Does a file begin as one of trace-cmd's?
[[nodiscard]] bool is_trace_file(Bytes file);

/// Fails where nothing of the rings can be read. `file` must outlive the pages.
[[nodiscard]] Result<TraceFile> read_trace_file(Bytes file);
/// Its machine's symbols, as /proc/kallsyms had them; empty where there are none, or none can be read.
[[nodiscard]] std::string read_trace_symbols(Bytes file);

}  // namespace kstrax
