// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/locate/locate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "analyzer/locate/frame_map.hpp"
#include "analyzer/locate/frame_ring.hpp"

namespace kstrax {

namespace {

void try_candidates(const MemorySource& source, std::span<const PhysAddr> candidates, Located& located) {
    for (const PhysAddr at : candidates) {
        auto anchor = read_anchor(source, at);
        if (anchor) located.anchors.push_back(std::move(*anchor));
        else
            located.rejected.push_back(
                fmt::format("the candidate at physical {:#x} is no usable anchor: {}", at.value, anchor.error().message));
    }
    std::stable_sort(located.anchors.begin(), located.anchors.end(), [](const Anchor& a, const Anchor& b) {
        if (a.crc_ok != b.crc_ok) return a.crc_ok;
        return a.block.facts.start_realtime_ns > b.block.facts.start_realtime_ns;
    });
}

}  // namespace

Located locate_anchors(const MemorySource& source) {
    Located located;
    located.scan = scan_pages(source);
    located.scanned = true;
    located.found_by = "page scan";
    try_candidates(source, located.scan.anchors, located);
    return located;
}

Located locate_anchor_at(const MemorySource& source, PhysAddr at, std::string found_by) {
    Located located;
    located.found_by = std::move(found_by);
    try_candidates(source, std::span(&at, 1), located);
    return located;
}

Recording open_recording(const MemorySource& source, const Located& located, const Anchor& anchor) {
    FrameLists lists_in_memory(source, located.scan);
    bool scanned = located.scanned;
    Recording recording;
    recording.facts = anchor.block.facts;
    recording.layout = find_layout(recording.facts.layout);
    recording.end = anchor.block.end;
    recording.damage = source.damage();
    if (!anchor.crc_ok)
        recording.damage.push_back(
            fmt::format("the anchor at physical {:#x} fails its CRC: what it says of the recording may be wrong; "
                        "the rings were still found and checked through their frame lists",
                        anchor.at.value));

    std::uint64_t lists = 0;
    for (CpuId cpu = 0; cpu < recording.facts.possible_cpus; ++cpu) {
        const auto descriptor = read_cpu(source, anchor, cpu);
        if (!descriptor) {
            recording.damage.push_back(fmt::format("CPU {}: its descriptor cannot be read: {}", cpu,
                                                   descriptor.error().message));
            continue;
        }
        if (descriptor->ring_virt == 0) continue;
        RingFrames frames = read_frames(source, anchor, *descriptor, lists_in_memory);
        if (frames.lost > 0 && !scanned) {
            lists_in_memory = FrameLists(source, scan_pages(source));
            scanned = true;
            frames = read_frames(source, anchor, *descriptor, lists_in_memory);
        }
        lists += frames.lists;
        if (frames.lost > 0)
            recording.damage.push_back(
                fmt::format("CPU {}: {} of its frame lists are missing or damaged, and with them the ring pages "
                            "that they name",
                            cpu, frames.lost));
        if (frames.repaired > 0)
            recording.damage.push_back(fmt::format("CPU {}: its chain of frame lists is broken; {} were found by "
                                                   "scanning",
                                                   cpu, frames.repaired));
        CpuTrack track;
        track.cpu = cpu;
        track.head = descriptor->head;
        // One by one: a reference to a packed array would bind to a copy that is gone at once.
        for (std::size_t cause = 0; cause < track.lost.size(); ++cause) track.lost[cause] = descriptor->lost[cause];
        track.slots = std::make_unique<FrameRing>(source, recording.facts, descriptor->head, std::move(frames.map),
                                                 source.live() ? std::optional(anchor.at + anchor.block.cpu_offset +
                                                                               std::uint64_t{cpu} * anchor.block.cpu_size)
                                                               : std::nullopt);
        recording.cpus.push_back(std::move(track));
    }
    recording.provenance.push_back(fmt::format("anchor at physical {:#x}, virtual {:#x}, by {}", anchor.at.value,
                                               std::uint64_t{anchor.block.virt_addr}, located.found_by));
    recording.provenance.push_back(fmt::format("verified: own address, CRC {}, {} frame lists (address, instance, CRC)",
                                               anchor.crc_ok ? "right" : "WRONG", lists));
    return recording;
}

std::string find_vmcoreinfo(const MemorySource& source, const PageScan& scan) {
    if (!source.vmcoreinfo().empty()) return std::string(source.vmcoreinfo());
    for (const PhysAddr at : scan.vmcoreinfo) {
        std::vector<std::byte> page(4096);
        if (!source.read(at, page)) continue;
        const std::string_view text = bounded_text(as_text(page));
        // A log or a script may begin with the same word: demand a line that only VMCOREINFO has.
        if (text.find("\nPAGESIZE=") != text.npos) return std::string(text);
    }
    return {};
}

}  // namespace kstrax
