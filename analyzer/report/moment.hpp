// SPDX-License-Identifier: GPL-2.0-or-later
// Recorded times as a person reads them: the machine's wall clock, in UTC, so
// that a report does not depend on who makes it where.
#pragma once

#include "analyzer/recording/recording.hpp"
#include "analyzer/report/escape.hpp"

namespace kstrax {

/// Width of append_time_of_day's output.
inline constexpr int kTimeOfDayWidth = 18;

/// hh:mm:ss.nnnnnnnnn
void append_time_of_day(TextBuffer& out, const Recording& recording, Nanos time);

/// yyyy-mm-dd hh:mm:ss
void append_date_time(TextBuffer& out, std::int64_t wall_ns);

}  // namespace kstrax
