// SPDX-License-Identifier: GPL-2.0-or-later
// The text that says what a trace event is: tracefs has it as events/SYSTEM/EVENT/format, and trace.dat files hold it.
// Source: kernel/trace/trace_events.c (f_show) of Linux 5.10 to 7.3.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/importers/ftrace/event_table.hpp"
#include "analyzer/recording/trace_events.hpp"

namespace kstrax {

struct EventFormat {
    TraceEventType type;             ///< without its system, which the text does not tell
    std::vector<TraceField> common;  ///< fields that every event begins with: "common_type"
};

/// None where the text has no name or number. Lines that make no field are passed over.
[[nodiscard]] std::optional<EventFormat> parse_event_format(std::string_view text);

[[nodiscard]] std::string event_format_text(const EventFormat& format);

/// How every event begins. None where the fields do not tell: `order` and `word_size` are the machine's.
[[nodiscard]] std::optional<EventCommon> event_common(const std::vector<TraceField>& fields, std::endian order,
                                                      std::uint8_t word_size);

}  // namespace kstrax
