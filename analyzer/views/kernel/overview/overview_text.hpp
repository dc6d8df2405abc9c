// SPDX-License-Identifier: GPL-2.0-or-later
// The overview for people: what fits a screen of 80 columns and 40 lines.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/views/kernel/overview/overview.hpp"
#include "analyzer/views/kernel/overview/recorded_end.hpp"

namespace kstrax {

/// `text`: null where there are no tasks.
void append_overview(TextBuffer& out, const KernelContext& context, const Overview& overview, ThreadText* text,
                     const RecordedEnd& recorded);

/// "mutex that 220 fpos-hold holds, which waits for the rwsem that 219 writer holds": a queue's lock, and who
/// waits for whom from its owner on. Bytes from the dump are escaped.
[[nodiscard]] std::string chain_text(const Overview& overview, const LockQueue& queue);

/// What is said of the task that died when it has no call; nothing where its stack does not lead to its begin.
[[nodiscard]] std::string_view place_of_no_call(const ThreadPicture& one);

}  // namespace kstrax
