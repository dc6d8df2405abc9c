// SPDX-License-Identifier: GPL-2.0-or-later
// The log of the dumped kernel, as dmesg shows it, whatever form the kernel keeps it in.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "analyzer/arch/vmcoreinfo.hpp"
#include "analyzer/base/finding.hpp"
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

/// What printk wrote at once. Texts are bytes from the dump; they last until the visitor returns.
struct LogRecord {
    std::optional<std::uint64_t> seq;   ///< how many were written before it since the machine began
    std::optional<Nanos> time;          ///< of the kernel's local_clock()
    std::optional<std::uint8_t> level;  ///< 0: emergency … 7: debug
    std::optional<std::uint32_t> facility;
    std::optional<std::uint32_t> caller;  ///< a thread; with the highest bit set, a CPU outside of any task
    bool continues = false;               ///< the line before goes on
    bool whole = true;                    ///< false: the text cannot be read, or not to its end
    std::string_view subsystem;           ///< of the device that it tells of; mostly empty
    std::string_view device;
    std::string_view text;  ///< may have several lines, without a newline behind the last
};
/// Answers whether more is wanted.
using LogVisitor = std::function<bool(const LogRecord& record)>;

inline constexpr std::uint32_t kCallerIsCpu = std::uint32_t{1} << 31;

/// What leads to the log. Members may be unknown: the kernel's VMCOREINFO is asked first.
struct LogAccess {
    KernelReader memory;
    const Vmcoreinfo& info;
    FindMember member;
    FindSymbol find;
    std::uint64_t most = 0;  ///< bytes of physical memory, which limit what a log can be
    bool live = false;       ///< the machine goes on, and writes meanwhile
};

struct LogReading {
    std::string_view form;      ///< "printk ring buffer"
    std::uint64_t records = 0;  ///< that were shown
    /// How many older ones were overwritten, where the form tells.
    std::optional<std::uint64_t> overwritten = {};
    Findings findings = {};
};

/// Shows the records, the oldest first. Fails where there is no log, or nothing tells how to read it. A damaged log is
/// read as far as it makes sense.
[[nodiscard]] Result<LogReading> read_kernel_log(const LogAccess& access, const LogVisitor& visit);

}  // namespace kstrax
