// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/locate/locate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "analyzer/locate/frame_map.hpp"
#include "analyzer/locate/frame_ring.hpp"
#include "analyzer/locate/table_frames.hpp"

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

namespace {

/// How the pages of the rings are found, CPU by CPU; says what is missing in `damage`.
class FrameFinder {
  public:
    virtual ~FrameFinder() = default;
    [[nodiscard]] virtual FrameMap find(const kstrax_cpu& cpu, std::vector<std::string>& damage) = 0;
    /// What was read and verified, in a few words.
    [[nodiscard]] virtual std::string verified() const = 0;
};

class ByFrameLists final : public FrameFinder {
  public:
    ByFrameLists(const MemorySource& source, const Located& located, const Anchor& anchor)
        : source_(source), anchor_(anchor), in_memory_(source, located.scan), scanned_(located.scanned) {}

    [[nodiscard]] FrameMap find(const kstrax_cpu& cpu, std::vector<std::string>& damage) override {
        RingFrames frames = read_frames(source_, anchor_, cpu, in_memory_);
        if (frames.lost > 0 && !scanned_) {
            in_memory_ = FrameLists(source_, scan_pages(source_));
            scanned_ = true;
            frames = read_frames(source_, anchor_, cpu, in_memory_);
        }
        lists_ += frames.lists;
        if (frames.lost > 0)
            damage.push_back(fmt::format("CPU {}: {} of its frame lists are missing or damaged, and with them the ring "
                                         "pages that they name",
                                         std::uint32_t{cpu.cpu}, frames.lost));
        if (frames.repaired > 0)
            damage.push_back(fmt::format("CPU {}: its chain of frame lists is broken; {} were found by scanning",
                                         std::uint32_t{cpu.cpu}, frames.repaired));
        return std::move(frames.map);
    }
    [[nodiscard]] std::string verified() const override {
        return fmt::format("{} frame lists (address, instance, CRC)", lists_);
    }

  private:
    const MemorySource& source_;
    const Anchor& anchor_;
    FrameLists in_memory_;
    bool scanned_;
    std::uint64_t lists_ = 0;
};

class ByPageTables final : public FrameFinder {
  public:
    ByPageTables(KernelSpace& space, const kstrax_facts& facts) : space_(space), facts_(facts) {}

    [[nodiscard]] FrameMap find(const kstrax_cpu& cpu, std::vector<std::string>& damage) override {
        TableFrames frames = table_frames(space_, {cpu.ring_virt}, facts_.entries_per_cpu * facts_.entry_size,
                                          facts_.page_shift);
        pages_ += frames.pages;
        if (const std::string missing = frames.damage(); !missing.empty())
            damage.push_back(fmt::format("CPU {}: {}", std::uint32_t{cpu.cpu}, missing));
        return std::move(frames.map);
    }
    [[nodiscard]] std::string verified() const override {
        return fmt::format("{} pages through page tables ({})", pages_, space_.description());
    }

  private:
    KernelSpace& space_;
    kstrax_facts facts_;
    std::uint64_t pages_ = 0;
};

}  // namespace

Recording open_recording(const MemorySource& source, const Located& located, const Anchor& anchor,
                         KernelSpace* tables) {
    std::unique_ptr<FrameFinder> finder;
    if (tables != nullptr) finder = std::make_unique<ByPageTables>(*tables, anchor.block.facts);
    else finder = std::make_unique<ByFrameLists>(source, located, anchor);
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

    for (CpuId cpu = 0; cpu < recording.facts.possible_cpus; ++cpu) {
        const auto descriptor = read_cpu(source, anchor, cpu);
        if (!descriptor) {
            recording.damage.push_back(fmt::format("CPU {}: its descriptor cannot be read: {}", cpu,
                                                   descriptor.error().message));
            continue;
        }
        if (descriptor->ring_virt == 0) continue;
        FrameMap frames = finder->find(*descriptor, recording.damage);
        CpuTrack track;
        track.cpu = cpu;
        track.head = descriptor->head;
        // One by one: a reference to a packed array would bind to a copy that is gone at once.
        for (std::size_t cause = 0; cause < track.lost.size(); ++cause) track.lost[cause] = descriptor->lost[cause];
        track.slots = std::make_unique<FrameRing>(source, recording.facts, descriptor->head, std::move(frames),
                                                 source.live() ? std::optional(anchor.at + anchor.block.cpu_offset +
                                                                               std::uint64_t{cpu} * anchor.block.cpu_size)
                                                               : std::nullopt);
        recording.cpus.push_back(std::move(track));
    }
    recording.provenance.push_back(fmt::format("anchor at physical {:#x}, virtual {:#x}, by {}", anchor.at.value,
                                               std::uint64_t{anchor.block.virt_addr}, located.found_by));
    recording.provenance.push_back(fmt::format("verified: own address, CRC {}, {}", anchor.crc_ok ? "right" : "WRONG",
                                               finder->verified()));
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
