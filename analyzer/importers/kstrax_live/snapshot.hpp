// SPDX-License-Identifier: GPL-2.0-or-later
// What the rings hold at one moment, while recording goes on.
#pragma once

#include "analyzer/importers/kstrax_live/live_device.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// All that was recorded until now and is still there. Records that are replaced
/// before they are read are counted as overwritten. It can be read once.
/// `buffer_entries`: how many are copied at a time.
[[nodiscard]] Result<Recording> take_snapshot(LiveDevice& device, std::uint64_t buffer_entries);

}  // namespace kstrax
