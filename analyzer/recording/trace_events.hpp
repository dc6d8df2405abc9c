// SPDX-License-Identifier: GPL-2.0-or-later
// What the events of ftrace are: a number, a name, and where the fields lie. Kernels say it of themselves, and so do the
// files that tools make of their rings.
// Source: include/linux/trace_events.h and kernel/trace/trace_events.c of Linux 5.10 to 7.3.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/types.hpp"

namespace kstrax {

struct TraceField {
    std::string name;
    std::string type;  ///< in C: "unsigned long", "unsigned long[6]", "__data_loc char[]"
    std::uint32_t offset = 0;
    std::uint32_t size = 0;  ///< bytes
    bool is_signed = false;

    /// It is a number, and not several, nor a place where a text is.
    [[nodiscard]] bool is_number() const;
};

/// The one of this name; null: there is none.
[[nodiscard]] const TraceField* find_field(const std::vector<TraceField>& fields, std::string_view name);

/// All texts are bytes from the input.
struct TraceEventType {
    std::uint32_t id = 0;
    VirtAddr address = {};           ///< of its trace_event_call, where it was read from a kernel
    std::string system;              ///< "sched"
    std::string name;                ///< "sched_switch"
    std::vector<TraceField> fields;  ///< its own, in the order of their places
    std::string print_format = {};   ///< a format and arguments in C; empty: it is not known

    [[nodiscard]] const TraceField* field(std::string_view of) const { return find_field(fields, of); }
};

/// What the bytes of a recording's events are, for whoever passes them on.
struct TraceDescription {
    std::endian order = std::endian::little;
    std::uint8_t word_size = 8;         ///< bytes of a long in the recording kernel
    std::uint32_t page_size = 0;        ///< bytes of a page of its rings: no event is larger
    std::vector<TraceField> common;     ///< fields that every event begins with
    std::vector<TraceEventType> types;  ///< all that its kernel knew
    std::string instance;               ///< its name; empty: the one that every kernel has
    std::string clock;                  ///< "mono"
    std::function<std::string(const TraceEventType&)> print_format;  ///< where a type does not have it
    /// The function at an address of code, and how far behind its beginning: "vfs_read+0x12", "ext4_sync_fs [ext4]"; bytes from
    /// the input. Empty: none is known. Null: nobody knows any.
    std::function<std::string(VirtAddr)> function;
    std::int64_t text_moved = 0;  ///< to the addresses that the kernel's symbols have now, from those in the events
};

inline constexpr std::uint32_t kMostTraceTypes = 1 << 16;  ///< their numbers have 16 bits

}  // namespace kstrax
