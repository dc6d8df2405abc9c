// SPDX-License-Identifier: GPL-2.0-or-later
// Recorded times as a person reads them: the machine's wall clock, in UTC, so
// that a report does not depend on who makes it where; seconds of its monotonic
// clock where nothing joins the two.
#pragma once

#include "analyzer/recording/recording.hpp"
#include "analyzer/report/escape.hpp"

namespace kstrax {

/// Width of append_time_of_day's output.
inline constexpr int kTimeOfDayWidth = 18;

/// hh:mm:ss.nnnnnnnnn, or ssssssss.nnnnnnnnn
void append_time_of_day(TextBuffer& out, const Recording& recording, Nanos time);

/// yyyy-mm-dd hh:mm:ss
void append_date_time(TextBuffer& out, std::int64_t wall_ns);

/// What stands in place of date and time where only the monotonic clock is known.
inline constexpr std::string_view kMonotonicTimes = "seconds of its monotonic clock";

}  // namespace kstrax
