// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/trace_recording.hpp"

#include "analyzer/sinks/escape.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

std::string printable(std::string_view text) {
    TextBuffer escaped;
    append_c_escaped(escaped, text);
    return std::string(escaped.view());
}

Layout layout_of_trace(const Architecture* architecture, std::uint8_t word_size, TraceTells tells) {
    constexpr std::uint8_t kArgs = 6;
    const std::string_view name = architecture == nullptr        ? "unknown"
                                  : architecture->layout.empty() ? architecture->name
                                                                 : architecture->layout;
    return {.name = name,
            .id = 0,
            .size = 0,
            .serial = {},
            .time = {},
            .pid = {},
            .nr_kind = {},
            .abi = {0, static_cast<std::uint16_t>(tells.abi ? sizeof(std::uint16_t) : 0)},
            .tgid = {0, static_cast<std::uint16_t>(tells.process ? sizeof(Tid) : 0)},
            .args = {0, static_cast<std::uint16_t>(kArgs * word_size)},
            .arg_count = kArgs};
}

void describe_trace(Recording& recording, const Architecture* architecture, std::uint8_t word_size, TraceTells tells) {
    recording.facts.recorder = "ftrace";
    recording.facts.audit_arch = architecture != nullptr ? architecture->audit_arch : 0;
    recording.facts.word_size = word_size;
    if (tells.abi || syscall_table(recording.facts.audit_arch, kAbiCompat) == nullptr) return;
    recording.abi_untold = true;
    recording.findings.add(FindingId::TraceAbiUnknown,
                           "the kernel's own tracing does not tell by which ABI a call was made: calls of 32-bit "
                           "programs may have the names of others");
}

}  // namespace kstrax
