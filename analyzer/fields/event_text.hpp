// SPDX-License-Identifier: GPL-2.0-or-later
// The fields of an event that is no call, by name: numbers, texts, arrays.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/recording/event.hpp"
#include "analyzer/sinks/text_buffer.hpp"
#include "analyzer/sinks/value.hpp"

namespace kstrax {

/// Its field `field`: `"a text"`, 12, -1, 0xffffffff81000000 (pointers and words without a sign), [0x1,0x2], \x01ff (bytes).
/// "?": the event is too short for it.
void append_event_field(TextBuffer& out, const Record& record, const TraceField& field);

/// The field of that name, to be compared: a number, a text, or what append_event_field() makes of anything else, in `scratch`.
/// Absent: the event has none, or is too short for it.
[[nodiscard]] Value event_field_value(const Record& record, std::string_view field, std::string& scratch);

/// ` name=value` of each, with the function's name behind a place in code. Of an event without data: of the words that it has.
/// `trace`: null where nothing is known of its machine's functions.
void append_event_fields(TextBuffer& out, const Record& record, const TraceDescription* trace);

}  // namespace kstrax
