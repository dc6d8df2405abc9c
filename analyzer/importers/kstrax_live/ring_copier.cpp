// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_live/ring_copier.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace kstrax {

namespace {

/// With what was written before it was.
std::uint64_t load_head(const LiveRing& ring) {
    std::uint64_t head = ring.descriptor->head;
    if constexpr (sizeof(void*) < sizeof head)  // two loads, and two stores
        for (std::uint64_t again = ring.descriptor->head; again != head; again = ring.descriptor->head) head = again;
    std::atomic_thread_fence(std::memory_order_acquire);
    return head;
}

/// The oldest position that no newer record has replaced, or begun to.
std::uint64_t oldest(const LiveRing& ring) {
    const std::uint64_t head = load_head(ring);
    return head - std::min(head, ring.entries);
}

}  // namespace

std::uint64_t settled_head(const LiveRing& ring) {
    const std::uint64_t head = load_head(ring);
    if (head == 0) return 0;
    const std::uint64_t last = (head - 1) % ring.entries * ring.entry_size;
    const auto slot = ring.slots.subspan(static_cast<std::size_t>(last), ring.layout->size);
    return decode_serial(*ring.layout, slot) == static_cast<std::uint32_t>(head) ? head : head - 1;
}

RingCopier::RingCopier(const LiveRing& ring, std::uint64_t position, std::uint64_t buffer_entries)
    : ring_(&ring),
      position_(position),
      buffer_(static_cast<std::size_t>(std::min(buffer_entries, ring.entries) * ring.entry_size)) {}

std::optional<SlotRun> RingCopier::copy(std::uint64_t end) {
    const std::uint64_t size = ring_->entry_size;
    SlotRun run;
    while (position_ < end && run.count == 0) {
        const std::uint64_t first = std::clamp(oldest(*ring_), position_, end);
        const std::uint64_t behind = first + std::min<std::uint64_t>(end - first, buffer_.size() / size);

        // The ring's end may lie between.
        const std::uint64_t slot = first % ring_->entries;
        const std::uint64_t straight = std::min(behind - first, ring_->entries - slot);
        std::memcpy(buffer_.data(), ring_->slots.data() + slot * size, static_cast<std::size_t>(straight * size));
        std::memcpy(buffer_.data() + straight * size, ring_->slots.data(),
                    static_cast<std::size_t>((behind - first - straight) * size));
        std::atomic_thread_fence(std::memory_order_acquire);

        const std::uint64_t intact = std::clamp(oldest(*ring_), first, behind);
        run.overwritten_before += intact - position_;
        run.first_position = intact;
        run.count = behind - intact;
        run.slots = Bytes(buffer_).subspan(static_cast<std::size_t>((intact - first) * size),
                                           static_cast<std::size_t>(run.count * size));
        position_ = behind;
    }
    if (run.count == 0 && run.overwritten_before == 0) return std::nullopt;
    return run;
}

}  // namespace kstrax
