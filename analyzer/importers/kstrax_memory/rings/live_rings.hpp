// SPDX-License-Identifier: GPL-2.0-or-later
// The rings of a machine that runs on while they are read: how far they can be
// read now, so that all of them end at one moment.
#pragma once

#include <vector>

#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"

namespace kstrax {

/// A CPU's records are read one CPU after another, and meanwhile threads move: an exit
/// could be there whose entry, on a CPU that was looked at before, is not. So the heads
/// are looked at twice, and what is newer than the newest record of the first look is
/// left for later: whatever is as old as that stands in its ring at the second look.
class LiveRings {
  public:
    /// Of a recording that was opened in live memory; both must outlive this. What its
    /// tracks say of head and losses follows.
    LiveRings(const MemorySource& source, Recording& recording);

    /// Forgets what is there: what comes next is the first.
    void begin_now();

    /// Extends each ring up to one moment. What may still grow (a record at a ring's very end,
    /// whose file name follows in further slots) waits, with all that is newer, until at a later
    /// look its CPU has written more, or still nothing. Answers whether anything is new.
    bool look();
    /// The same, but nothing waits: there is no next look.
    bool look_last();

  private:
    struct Ring {
        FrameRing* ring;
        CpuTrack* track;
        std::uint64_t head = 0;  // at this look
        std::uint64_t seen = 0;  // at the one before
    };
    [[nodiscard]] std::uint64_t settled_head(const FrameRing& ring) const;
    [[nodiscard]] std::optional<Nanos> time_of(const FrameRing& ring, std::uint64_t position) const;
    [[nodiscard]] std::uint64_t until(const FrameRing& ring, std::uint64_t head, Nanos moment) const;
    [[nodiscard]] std::optional<Nanos> may_grow(const Ring& ring, Nanos moment) const;
    [[nodiscard]] bool extend(Ring& each, std::uint64_t end) const;
    [[nodiscard]] Nanos newest() const;
    bool extend_all(bool wait);

    const MemorySource& source_;
    const Layout& layout_;
    std::vector<Ring> rings_;
};

}  // namespace kstrax
