// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/locate/live_rings.hpp"

#include <algorithm>

#include "formats/kstrax_abi.h"

namespace kstrax {

LiveRings::LiveRings(const MemorySource& source, const Recording& recording)
    : source_(source), layout_(*recording.layout) {
    for (const CpuTrack& track : recording.cpus)
        if (auto* ring = dynamic_cast<FrameRing*>(track.slots.get()); ring != nullptr && ring->descriptor())
            rings_.push_back({ring, 0});
}

/// The head now, without a record that is being written this moment.
std::uint64_t LiveRings::settled_head(const FrameRing& ring) const {
    static_assert(offsetof(kstrax_cpu, head) == 0);
    std::uint64_t head = 0;
    if (!source_.read(*ring.descriptor(), std::as_writable_bytes(std::span(&head, 1)))) return ring.head();
    if (head <= ring.head()) return ring.head();
    return time_of(ring, head - 1) ? head : head - 1;
}

/// When the record of a position was written; none if its slot holds another, or cannot be read.
std::optional<Nanos> LiveRings::time_of(const FrameRing& ring, std::uint64_t position) const {
    const auto slot = ring.slot_now(position);
    if (!slot || decode_serial(layout_, *slot) != static_cast<std::uint32_t>(position + 1)) return std::nullopt;
    return decode_entry(layout_, *slot).time;
}

/// Behind the last record that is not newer than `moment`. What is overwritten is not newer.
std::uint64_t LiveRings::until(const FrameRing& ring, std::uint64_t head, Nanos moment) const {
    std::uint64_t old = std::max(ring.head(), head - std::min(head, ring.capacity()));
    std::uint64_t behind = std::max(old, head);
    while (old < behind) {
        const std::uint64_t middle = old + (behind - old) / 2;
        const auto time = time_of(ring, middle);
        if (time && *time > moment) behind = middle;
        else old = middle + 1;
    }
    return old;
}

bool LiveRings::extend_all(bool wait) {
    Nanos moment = 0;
    for (const Ring& each : rings_) {
        const std::uint64_t head = settled_head(*each.ring);
        if (head > 0) moment = std::max(moment, time_of(*each.ring, head - 1).value_or(0));
    }
    bool more = false;
    for (Ring& each : rings_) {
        FrameRing& ring = *each.ring;
        const std::uint64_t head = settled_head(ring);
        std::uint64_t end = until(ring, head, moment);
        if (wait && end == head && head != each.seen && head > ring.head()) {
            const auto last = time_of(ring, end - 1);
            while (last && end > ring.head() && time_of(ring, end - 1) == last) --end;
        }
        each.seen = head;
        if (end == ring.head()) continue;
        ring.extend(end);
        more = true;
    }
    return more;
}

bool LiveRings::look() { return extend_all(true); }
bool LiveRings::look_last() { return extend_all(false); }

}  // namespace kstrax
