// SPDX-License-Identifier: GPL-2.0-or-later
// Which events of a trace are its calls: those of all calls, or those that calls have by name.
#pragma once

#include <vector>

#include "analyzer/importers/ftrace/event_table.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// Looks at the first events of each CPU: where calls have events by name only, these are taken. `types` are those that
/// the tracks read by. Before anything else is asked of either.
void choose_calls(EventTable& types, const std::vector<CpuTrack>& cpus);

}  // namespace kstrax
