// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/locate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/importers/kstrax_memory/rings/frame_map.hpp"
#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"
#include "analyzer/importers/kstrax_memory/rings/live_rings.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_proof.hpp"
#include "analyzer/importers/kstrax_memory/rings/proven_head.hpp"
#include "analyzer/importers/kstrax_memory/rings/ring_phase.hpp"
#include "analyzer/importers/kstrax_memory/rings/table_frames.hpp"
#include "analyzer/recording/no_ring.hpp"

namespace kstrax {

namespace {

void try_candidates(const MemorySource& source, std::span<const PhysAddr> candidates, Located& located) {
    for (const PhysAddr at : candidates) {
        auto anchor = read_anchor(source, at);
        if (anchor) located.anchors.push_back(*anchor);
        else
            located.rejected.push_back(fmt::format("the candidate at physical {:#x} is no usable anchor: {}", at.value,
                                                   anchor.error().message));
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
    [[nodiscard]] virtual FrameMap find(const kstrax_cpu& cpu, Findings& findings) = 0;
    /// By what, in a few words.
    [[nodiscard]] virtual std::string_view means() const = 0;
    /// What was read and verified, in a few words.
    [[nodiscard]] virtual std::string verified() const = 0;
};

/// The frame lists that a scan has seen; scans only when they are needed, where none has been made.
class ScannedLists {
  public:
    ScannedLists(const MemorySource& source, const Located& located)
        : source_(source), lists_(source, located.scan), scanned_(located.scanned) {}
    /// As far as they are known without another scan.
    [[nodiscard]] const FrameLists& known() const { return lists_; }
    [[nodiscard]] bool scanned() const { return scanned_; }
    [[nodiscard]] const FrameLists& all() {
        if (!scanned_) lists_ = FrameLists(source_, scan_pages(source_));
        scanned_ = true;
        return lists_;
    }

  private:
    const MemorySource& source_;
    FrameLists lists_;
    bool scanned_;
};

class ByFrameLists final : public FrameFinder {
  public:
    ByFrameLists(const MemorySource& source, const Anchor& anchor, ScannedLists& scanned, const Recording& recording)
        : source_(source),
          anchor_(anchor),
          scanned_(scanned),
          recording_(recording),
          looks_(source, recording.facts.page_shift) {}

    [[nodiscard]] FrameMap find(const kstrax_cpu& cpu, Findings& findings) override {
        RingFrames frames = read_frames(source_, anchor_, cpu, scanned_.known());
        if (frames.lost > 0 && !scanned_.scanned()) frames = read_frames(source_, anchor_, cpu, scanned_.all());
        lists_ += frames.lists;
        if (frames.lost > 0) recover(cpu, frames, findings);
        if (frames.repaired > 0)
            findings.add(FindingId::FrameListRepaired,
                         fmt::format("CPU {}: its chain of frame lists is broken; {} were found by scanning",
                                     std::uint32_t{cpu.cpu}, frames.repaired),
                         frames.repaired);
        return std::move(frames.map);
    }
    [[nodiscard]] std::string_view means() const override { return "found and checked through their frame lists"; }
    [[nodiscard]] std::string verified() const override {
        return fmt::format("{} frame lists (address, instance, CRC)", lists_);
    }

  private:
    void recover(const kstrax_cpu& cpu, RingFrames& frames, Findings& findings);
    [[nodiscard]] KernelSpace* space();

    const MemorySource& source_;
    const Anchor& anchor_;
    ScannedLists& scanned_;
    const Recording& recording_;
    TableLooks looks_;
    std::optional<Result<KernelSpace>> space_;
    std::uint64_t lists_ = 0;
};

/// The kernel's page tables, if they can be found; sought once.
KernelSpace* ByFrameLists::space() {
    if (!space_)
        space_.emplace(find_kernel_space(source_, nullptr, architecture_of_audit(recording_.facts.audit_arch)));
    return space_->ok() ? &**space_ : nullptr;
}

/// Pages that damaged lists name, and else those that page tables name, if the records in them prove it.
void ByFrameLists::recover(const kstrax_cpu& cpu, RingFrames& frames, Findings& findings) {
    const RecordingFacts& facts = recording_.facts;
    const PageProof proof(source_, facts, *recording_.layout, cpu.head);
    const std::uint64_t needed = proof.pages_up_to(cpu.head);
    const std::uint64_t unknown = frames.map.unknown_below(needed);
    std::uint64_t by_lists = 0, by_tables = 0;
    frames.map = with_proven(frames.map, frames.doubted, proof, by_lists);
    if (frames.map.unknown_below(needed) > 0)
        if (KernelSpace* tables = space())
            frames.map = with_proven(frames.map,
                                     table_frames(*tables, {cpu.ring_virt}, facts.entries_per_cpu * facts.entry_size,
                                                  facts.page_shift, looks_)
                                         .map,
                                     proof, by_tables);
    const std::uint64_t missing = frames.map.unknown_below(needed);
    std::string found;
    if (by_lists > 0) found += fmt::format(", {} were found by what is left of them", by_lists);
    if (by_tables > 0) found += fmt::format(", {} by the kernel's page tables", by_tables);
    if (!found.empty()) found += ", and proved by their records";
    findings.add(missing > 0 ? FindingId::RingPagesMissing : FindingId::FrameListRepaired,
                 fmt::format("CPU {}: {} of its frame lists are missing or damaged; of {} ring pages that they name{}, "
                             "{} are missing",
                             std::uint32_t{cpu.cpu}, frames.lost, unknown, found, missing),
                 missing > 0 ? missing : frames.lost);
}

class ByPageTables final : public FrameFinder {
  public:
    ByPageTables(const MemorySource& source, KernelSpace& space, const RecordingFacts& facts)
        : space_(space), facts_(facts), looks_(source, facts.page_shift) {}

    [[nodiscard]] FrameMap find(const kstrax_cpu& cpu, Findings& findings) override {
        TableFrames frames = table_frames(space_, {cpu.ring_virt}, facts_.entries_per_cpu * facts_.entry_size,
                                          facts_.page_shift, looks_);
        pages_ += frames.pages;
        if (const std::string missing = frames.damage(); !missing.empty())
            findings.add(FindingId::RingPagesMissing, fmt::format("CPU {}: {}", std::uint32_t{cpu.cpu}, missing));
        return std::move(frames.map);
    }
    [[nodiscard]] std::string_view means() const override { return "found through the kernel's page tables"; }
    [[nodiscard]] std::string verified() const override {
        return fmt::format("{} pages through page tables ({})", pages_, space_.description());
    }

  private:
    KernelSpace& space_;
    const RecordingFacts& facts_;
    TableLooks looks_;
    std::uint64_t pages_ = 0;
};

/// A CPU that panics has made the call that it panics in, so it has a ring. No checksum covers the end.
void note_strange_end(Recording& recording, const Anchor& anchor) {
    const Ending& end = recording.end;
    if (end.time_ns == 0 || std::ranges::find(recording.missing, end.cpu) != recording.missing.end()) return;
    if (std::ranges::find(recording.cpus, end.cpu, &CpuTrack::cpu) != recording.cpus.end()) return;
    recording.findings.add(
        FindingId::AnchorDamaged,
        fmt::format("the anchor at physical {:#x} says that CPU {} panicked, which has no ring: when and "
                    "where the machine panicked may be wrong",
                    anchor.at.value, std::uint32_t{end.cpu}));
}

/// The ring of a CPU whose descriptor says nothing: its pages by the frame lists that
/// name the CPU, its head by its slots.
Result<CpuTrack> find_without_descriptor(const MemorySource& source, const Anchor& anchor, CpuId cpu,
                                         const FrameLists& lists, const Recording& recording) {
    const RecordingFacts& facts = recording.facts;
    if (facts.entries_per_cpu > kMostGivenEntries) return Error{ErrorCode::Unsupported, "it is too large for that"};
    kstrax_cpu descriptor{};
    descriptor.cpu = cpu;
    const RingFrames frames = read_frames(source, anchor, descriptor, lists);
    FrameRing by_place(source, facts, facts.entries_per_cpu, frames.map);
    const auto phase = find_phase(*recording.layout, by_place, facts.entries_per_cpu);
    if (!phase) return phase.error();
    CpuTrack track;
    track.cpu = cpu;
    track.head = phase->head;
    track.slots = std::make_unique<FrameRing>(source, facts, phase->head, frames.map);
    return track;
}

}  // namespace

Recording open_recording(const MemorySource& source, const Located& located, const Anchor& found, KernelSpace* tables) {
    Recording recording;
    Anchor anchor = found;
    if (!anchor.crc_ok) take_from_frame_lists(source, anchor);
    recording.facts = facts_of(anchor.block.facts);
    recording.layout = find_layout(anchor.block.facts.layout);
    recording.end = ending_of(anchor.block.end);
    ScannedLists scanned(source, located);
    std::unique_ptr<FrameFinder> finder;
    if (tables != nullptr) finder = std::make_unique<ByPageTables>(source, *tables, recording.facts);
    else finder = std::make_unique<ByFrameLists>(source, anchor, scanned, recording);
    recording.clock = read_clock(source, anchor);
    recording.findings = source.findings();
    if (!anchor.crc_ok)
        recording.findings.add(
            FindingId::AnchorDamaged,
            fmt::format("the anchor at physical {:#x} fails its CRC: what it says of the recording may be wrong; "
                        "the rings were still {}",
                        anchor.at.value, finder->means()));
    take_filter(recording, anchor.block.filter, fmt::format("the anchor at physical {:#x}", anchor.at.value));

    for (CpuId cpu = 0; cpu < recording.facts.possible_cpus; ++cpu) {
        const auto descriptor = read_cpu(source, anchor, cpu);
        if (descriptor && without_ring(*descriptor, cpu)) {
            add_without_ring(recording, cpu, losses_of(*descriptor)[kLostNoRing]);
            continue;
        }
        if (!descriptor || descriptor->ring_virt == 0) {
            // A CPU that does not exist has neither a descriptor nor frame lists.
            const bool exists = scanned.all().any_of(recording.facts.instance_id, cpu);
            if (descriptor && !exists) {
                ++recording.without_ring;
                continue;
            }
            const std::string what =
                descriptor ? fmt::format("CPU {}: its descriptor names no ring", cpu)
                           : fmt::format("CPU {}: its descriptor cannot be read ({})", cpu, descriptor.error().message);
            Result<CpuTrack> track = Error{ErrorCode::NotFound, "no frame list names it"};
            if (exists) track = find_without_descriptor(source, anchor, cpu, scanned.all(), recording);
            if (track) {
                recording.findings.add(
                    FindingId::DescriptorDamaged,
                    what + "; the ring was found by the frame lists in memory, its head by its entries");
                recording.cpus.push_back(std::move(*track));
            } else {
                recording.findings.add(FindingId::RingMissing,
                                       what + "; the ring could not be found: " + track.error().message);
                recording.missing.push_back(cpu);
            }
            continue;
        }
        FrameMap frames = finder->find(*descriptor, recording.findings);
        CpuTrack track;
        track.cpu = cpu;
        if (!source.live()) {
            auto proven =
                prove_head(source, recording.facts, *recording.layout, std::uint64_t{descriptor->head}, frames);
            track.head = proven.head;
            if (!proven.doubt.empty())
                recording.findings.add(FindingId::HeadWrong, fmt::format("CPU {}: {}", cpu, proven.doubt));
        }
        track.lost = losses_of(*descriptor);
        const PhysAddr at = anchor.at + anchor.block.cpu_offset + std::uint64_t{cpu} * anchor.block.cpu_size;
        auto ring = source.live() ? std::make_unique<FrameRing>(source, recording.facts, 0, std::move(frames), at)
                                  : std::make_unique<FrameRing>(source, recording.facts, track.head, std::move(frames));
        track.slots = std::move(ring);
        recording.cpus.push_back(std::move(track));
    }
    note_strange_end(recording, anchor);
    add_clock_damage(recording);
    if (source.live()) (void)LiveRings(source, recording).look_last();
    recording.provenance.push_back(fmt::format("anchor at physical {:#x}, virtual {:#x}, by {}", anchor.at.value,
                                               std::uint64_t{anchor.block.virt_addr}, located.found_by));
    recording.provenance.push_back(
        fmt::format("verified: own address, CRC {}, {}", anchor.crc_ok ? "right" : "WRONG", finder->verified()));
    return recording;
}

std::string find_vmcoreinfo(const MemorySource& source, const PageScan& scan) {
    if (!source.vmcoreinfo().empty()) return std::string(source.vmcoreinfo());
    const auto texts = vmcoreinfo_in_memory(source, scan);
    return texts.empty() ? std::string() : texts.front();
}

}  // namespace kstrax
