// SPDX-License-Identifier: GPL-2.0-or-later
// Where the head of a ring stands, when nothing but its slots can say it.
#pragma once

#include "analyzer/base/result.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// So that two laps of a ring never share a serial.
inline constexpr std::uint64_t kMostGivenEntries = std::uint64_t{1} << 31;

struct RingPhase {
    std::uint64_t head = 0;     ///< next position to be written; 0: nothing was ever written
    std::uint64_t records = 0;  ///< slots whose serial agrees with it
};

/// Reads all slots several times. `slots` gives them by their place: positions 0 to
/// capacity - 1. `behind`, where not null, gives those that lie behind the ring.
/// Precondition: 0 < capacity <= kMostGivenEntries.
///
/// Serials have 32 bits: after 2^32 records the head is the lowest that agrees with
/// them. A record that was being written when the CPU stopped is seen by a slot
/// that has more of the new record than of the old one: its time.
///
/// Fails with NotFound where no slots can be read or they are no records, with
/// Corrupt where the records do not agree with a ring that begins there and has
/// this capacity. The message does not say which ring it is.
[[nodiscard]] Result<RingPhase> find_phase(const Layout& layout, const SlotSource& slots, std::uint64_t capacity,
                                           const SlotSource* behind = nullptr);

}  // namespace kstrax
