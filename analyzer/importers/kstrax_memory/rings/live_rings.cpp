// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/live_rings.hpp"

#include <algorithm>

#include "analyzer/importers/kstrax/from_abi.hpp"

namespace kstrax {

LiveRings::LiveRings(const MemorySource& source, Recording& recording) : source_(source), layout_(*recording.layout) {
    for (CpuTrack& track : recording.cpus)
        if (auto* ring = dynamic_cast<FrameRing*>(track.slots.get()); ring != nullptr && ring->descriptor())
            rings_.push_back({ring, &track});
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

Nanos LiveRings::newest() const {
    Nanos time = 0;
    for (const Ring& each : rings_) {
        const std::uint64_t head = settled_head(*each.ring);
        if (head > 0) time = std::max(time, time_of(*each.ring, head - 1).value_or(0));
    }
    return time;
}

/// The time of the record at the ring's very end, if it is not newer than `moment` and has just been written.
std::optional<Nanos> LiveRings::may_grow(const Ring& ring, Nanos moment) const {
    if (ring.head == ring.seen || ring.head <= ring.ring->head()) return std::nullopt;
    const auto time = time_of(*ring.ring, ring.head - 1);
    return time && *time <= moment ? time : std::nullopt;
}

bool LiveRings::extend(Ring& each, std::uint64_t end) const {
    kstrax_cpu descriptor{};
    if (source_.read(*each.ring->descriptor(), std::as_writable_bytes(std::span(&descriptor, 1))))
        each.track->lost = losses_of(descriptor);
    if (end == each.ring->head()) return false;
    each.ring->extend(end);
    each.track->head = end;
    return true;
}

bool LiveRings::extend_all(bool wait) {
    Nanos moment = newest();
    for (Ring& each : rings_) each.head = settled_head(*each.ring);
    if (wait)
        for (const Ring& each : rings_)
            if (const auto time = may_grow(each, moment)) moment = std::min(moment, *time - 1);
    bool more = false;
    for (Ring& each : rings_) {
        each.seen = each.head;
        more |= extend(each, until(*each.ring, each.head, moment));
    }
    return more;
}

void LiveRings::begin_now() {
    for (const Ring& each : rings_) each.ring->begin_at(each.ring->head());
}

bool LiveRings::look() { return extend_all(true); }
bool LiveRings::look_last() { return extend_all(false); }

}  // namespace kstrax
