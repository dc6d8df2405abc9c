// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/live/snapshot.hpp"

#include "analyzer/live/ring_copier.hpp"

namespace kstrax {

namespace {

class SnapshotSlots final : public SlotSource {
  public:
    SnapshotSlots(const LiveRing& ring, std::uint64_t end, std::uint64_t buffer_entries)
        : ring_(ring), copier_(ring_, 0, buffer_entries), end_(end), buffer_entries_(buffer_entries) {}
    SnapshotSlots(const SnapshotSlots&) = delete;
    SnapshotSlots& operator=(const SnapshotSlots&) = delete;

    std::optional<SlotRun> next() override { return copier_.copy(end_); }
    void rewind() override { copier_ = RingCopier(ring_, 0, buffer_entries_); }

  private:
    LiveRing ring_;
    RingCopier copier_;
    std::uint64_t end_;
    std::uint64_t buffer_entries_;
};

}  // namespace

Result<Recording> take_snapshot(LiveDevice& device, std::uint64_t buffer_entries) {
    const auto rings = device.map_rings();
    if (!rings) return rings.error();
    Recording recording;
    recording.facts = device.facts();
    recording.layout = find_layout(recording.facts.layout);
    recording.end = device.end();
    recording.only.emplace(device.filter(), std::uint32_t{recording.facts.audit_arch});
    for (const LiveRing& ring : *rings) {  // all ends first: what comes later is in none
        CpuTrack track;
        track.cpu = ring.cpu;
        track.head = settled_head(ring);
        for (std::size_t cause = 0; cause < track.lost.size(); ++cause) track.lost[cause] = ring.descriptor->lost[cause];
        track.slots = std::make_unique<SnapshotSlots>(ring, track.head, buffer_entries);
        recording.cpus.push_back(std::move(track));
    }
    recording.provenance.emplace_back("rings of the running machine");
    return recording;
}

}  // namespace kstrax
