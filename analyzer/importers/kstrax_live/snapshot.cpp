// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_live/snapshot.hpp"

#include "analyzer/importers/kstrax/from_abi.hpp"
#include "analyzer/importers/kstrax_live/ring_copier.hpp"
#include "analyzer/recording/no_ring.hpp"

namespace kstrax {

namespace {

class SnapshotCursor final : public SlotCursor {
  public:
    SnapshotCursor(const LiveRing& ring, std::uint64_t end, std::uint64_t buffer_entries)
        : copier_(ring, 0, buffer_entries), end_(end) {}
    std::optional<SlotRun> next() override { return copier_.copy(end_); }

  private:
    RingCopier copier_;
    std::uint64_t end_;
};

class SnapshotSlots final : public SlotSource {
  public:
    SnapshotSlots(const LiveRing& ring, std::uint64_t end, std::uint64_t buffer_entries)
        : ring_(ring), end_(end), buffer_entries_(buffer_entries) {}
    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override {
        return std::make_unique<SnapshotCursor>(ring_, end_, buffer_entries_);
    }

  private:
    LiveRing ring_;
    std::uint64_t end_;
    std::uint64_t buffer_entries_;
};

}  // namespace

Result<Recording> take_snapshot(LiveDevice& device, std::uint64_t buffer_entries) {
    Recording recording;
    recording.facts = facts_of(device.facts());
    recording.layout = find_layout(device.facts().layout);
    recording.end = ending_of(device.end());
    recording.only = device.recorded();
    std::vector<LiveRing> rings;
    for (CpuId cpu = 0; cpu < recording.facts.possible_cpus; ++cpu) {
        if (!device.has_ring(cpu)) continue;
        auto ring = device.map_ring(cpu);
        if (!ring) return ring.error();
        rings.push_back(*ring);
    }
    auto ring = rings.begin();
    for (CpuId cpu = 0; cpu < recording.facts.possible_cpus; ++cpu) {  // all ends first: what comes later is in none
        if (ring == rings.end() || ring->cpu != cpu) {
            add_without_ring(recording, cpu, device.descriptor(cpu).lost[KSTRAX_LOST_NO_RING]);
            continue;
        }
        CpuTrack track;
        track.cpu = cpu;
        track.head = settled_head(*ring);
        track.lost = losses_of(*ring->descriptor);
        track.slots = std::make_unique<SnapshotSlots>(*ring, track.head, buffer_entries);
        recording.cpus.push_back(std::move(track));
        ++ring;
    }
    recording.clock = clock_of(device.clock());  // last: whatever was recorded lies before
    add_clock_damage(recording);
    recording.provenance.emplace_back("rings of the running machine");
    return recording;
}

}  // namespace kstrax
