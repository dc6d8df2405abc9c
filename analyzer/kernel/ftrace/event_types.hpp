// SPDX-License-Identifier: GPL-2.0-or-later
// What the events in the kernel's trace rings are, by the kernel's own lists: a number, a name, and where the fields lie.
// Source: include/linux/trace_events.h and kernel/trace/trace.h of Linux 5.10 to 7.3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

struct TraceField {
    std::string name;
    std::string type;  ///< in C: "unsigned long", "__data_loc char[]"
    std::uint32_t offset = 0;
    std::uint32_t size = 0;  ///< bytes
    bool is_signed = false;

    /// It is a number, and not several, nor a place where a text is.
    [[nodiscard]] bool is_number() const;
};

/// All texts are bytes from the dump.
struct TraceEventType {
    std::uint32_t id = 0;
    VirtAddr address = {};           ///< of its trace_event_call
    std::string system;              ///< "sched"
    std::string name;                ///< "sched_switch"
    std::vector<TraceField> fields;  ///< its own, in the order of their places

    [[nodiscard]] const TraceField* field(std::string_view of) const;
};

/// Ascending by id. A damaged list is read as far as it goes. Fails where symbols or types that this needs are not known.
[[nodiscard]] Result<std::vector<TraceEventType>> read_event_types(const KernelReader& memory, const FindMember& member,
                                                                   const FindSymbol& find);

}  // namespace kstrax
