// SPDX-License-Identifier: GPL-2.0-or-later
// What reports say of a wall clock that was set while the recording went on.
#pragma once

#include <optional>

#include "analyzer/recording/recording.hpp"
#include "analyzer/sinks/escape.hpp"
#include "analyzer/sinks/fact.hpp"

namespace kstrax {

/// A line a step, for the head of a text report: kstrax-filter reads them back.
void append_clock_comments(TextBuffer& out, const Recording& recording);

/// For the summary: a line a step, the first with a label.
void append_clock_summary(TextBuffer& out, const Recording& recording);

/// The same for machines; none where the recorder did not watch the clock.
[[nodiscard]] std::optional<FactObject> clock_facts(const Recording& recording);

/// What a step's line begins with, and what stands before its size.
inline constexpr std::string_view kClockSetAt = "# the clock was set at ";
inline constexpr std::string_view kClockSetBy = ", by ";

}  // namespace kstrax
