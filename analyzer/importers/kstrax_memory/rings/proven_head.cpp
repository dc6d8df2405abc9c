// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/proven_head.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/importers/kstrax_memory/rings/ring_phase.hpp"

namespace kstrax {

namespace {

/// The newest slots of a ring that may be torn, or lie in a page that is missing, without a doubt of the head.
constexpr std::uint64_t kNewest = 64;

}  // namespace

ProvenHead prove_head(const MemorySource& source, const RecordingFacts& facts, const Layout& layout, std::uint64_t head,
                      const FrameMap& frames) {
    const std::uint64_t capacity = facts.entries_per_cpu;
    if (capacity == 0 || capacity > kMostGivenEntries) return {head, {}};
    const FrameRing ring(source, facts, head, frames);
    std::uint64_t unread = 0;
    const auto holds = [&](std::uint64_t position) {
        const auto slot = ring.slot_now(position);
        if (!slot) ++unread;
        if (!slot || decode_serial(layout, *slot) != static_cast<std::uint32_t>(position + 1)) return false;
        const std::uint8_t kind = decode_entry(layout, *slot).kind;  // a slot that was never written has serial 0
        return kind >= kKindEntry && kind <= kKindPath;
    };
    std::uint64_t behind = head;
    while (behind - head < capacity && holds(behind)) ++behind;
    if (behind > head)
        return {behind, fmt::format("its head says that {} records were written, its slots go on to {}", head, behind)};
    const std::uint64_t looked_at = std::min({head, capacity, kNewest});
    unread = 0;
    for (std::uint64_t back = 1; back <= looked_at; ++back)
        if (holds(head - back)) return {head, {}};
    // What is missing speaks for nothing, and a ring to which nothing was written is empty.
    const auto first = ring.slot_now(0);
    if (head > 0 ? unread == looked_at : !first || decode_serial(layout, *first) == 0) return {head, {}};
    const auto phase = find_phase(layout, FrameRing(source, facts, capacity, frames), capacity);
    if (!phase || phase->head == head || phase->head == 0) return {head, {}};
    return {phase->head, fmt::format("its head says that {} records were written, its slots {}", head, phase->head)};
}

}  // namespace kstrax
