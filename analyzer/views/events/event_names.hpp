// SPDX-License-Identifier: GPL-2.0-or-later
// What events and spans of a trace are called.
#pragma once

#include <algorithm>
#include <string>

#include "analyzer/recording/recording.hpp"
#include "analyzer/sinks/numbers.hpp"
#include "analyzer/trace/spans.hpp"

namespace kstrax {

[[nodiscard]] inline bool is_function(const EventSpan& span) {
    return span.type->span == "function" && span.type->key >= 0;
}

/// "vfs_read", "ext4_sync_fs [ext4]"; its address where no name is known. Precondition: is_function(). The place in it is the
/// kernel's: where its tracing begins, which may be some bytes behind the function's beginning.
[[nodiscard]] inline std::string function_name(const Recording& recording, const EventSpan& span) {
    const std::uint64_t address = span.args[span.type->key];
    const auto& trace = recording.trace;
    std::string name = trace && trace->function ? trace->function(VirtAddr{address}) : std::string();
    if (const std::size_t plus = name.find('+'); plus != name.npos)
        name.erase(plus, std::min(name.find(' ', plus), name.size()) - plus);
    TextBuffer text;
    if (name.empty()) append_hex(text, address);
    else append_c_escaped(text, name);
    return std::string(text.view());
}

}  // namespace kstrax
