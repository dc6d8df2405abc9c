// SPDX-License-Identifier: GPL-2.0-or-later
// Takes records out of a ring that its CPU goes on writing to.
#pragma once

#include <vector>

#include "analyzer/importers/kstrax_live/live_device.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// The position behind the last finished record.
[[nodiscard]] std::uint64_t settled_head(const LiveRing& ring);

/// Copies a ring's records in order. A record that its CPU replaced before or
/// during the copy is counted as overwritten; none is ever half of one.
class RingCopier {
  public:
    /// From `position` on, with a buffer for so many entries. Precondition: buffer_entries > 0.
    RingCopier(const LiveRing& ring, std::uint64_t position, std::uint64_t buffer_entries);

    /// A buffer full, or what there is before `end`; valid until the next call. With count 0,
    /// if the last ones are overwritten; none if nothing is left. Precondition: end <= settled_head().
    [[nodiscard]] std::optional<SlotRun> copy(std::uint64_t end);

    /// All before it has been answered for: copied or counted.
    [[nodiscard]] std::uint64_t position() const { return position_; }
    [[nodiscard]] const LiveRing& ring() const { return *ring_; }

  private:
    const LiveRing* ring_;
    std::uint64_t position_;
    std::vector<std::byte> buffer_;
};

}  // namespace kstrax
