// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/given_rings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"
#include "analyzer/importers/kstrax_memory/rings/ring_phase.hpp"
#include "analyzer/importers/kstrax_memory/rings/table_frames.hpp"

namespace kstrax {

namespace {

constexpr std::uint8_t kSmallestShift = 12;

/// The pages of [at, at + size), which need not begin one.
struct Pages {
    FrameMap map;
    std::uint64_t begin = 0;  ///< bytes of the first page before `at`
    std::string damage;
};

class Finder {
  public:
    Finder(const MemorySource& source, KernelSpace* space, unsigned page_shift)
        : source_(source), space_(space), shift_(page_shift), looks_(source, page_shift) {}

    [[nodiscard]] Pages find(VirtAddr at, std::uint64_t size) {
        const std::uint64_t begin = at.value & (page() - 1);
        TableFrames frames = table_frames(*space_, {at.value - begin}, begin + size, shift_, looks_);
        return {std::move(frames.map), begin, frames.damage()};
    }
    /// Frames in a row, as far as there can be memory.
    [[nodiscard]] Pages find(PhysAddr at, std::uint64_t size) const {
        const std::uint64_t begin = at.value & (page() - 1);
        const std::uint64_t most = source_.memory_size() / page() + 1;
        std::vector<std::uint64_t> frames(static_cast<std::size_t>(std::min(most, (begin + size) / page() + 1)));
        for (std::size_t i = 0; i < frames.size(); ++i) frames[i] = (at.value >> shift_) + i;
        Pages pages{{}, begin, {}};
        pages.map.append(0, std::move(frames));
        return pages;
    }

  private:
    [[nodiscard]] std::uint64_t page() const { return std::uint64_t{1} << shift_; }

    const MemorySource& source_;
    KernelSpace* space_;
    unsigned shift_;
    TableLooks looks_;
};

std::string place_text(const GivenRing& ring) {
    if (const auto* phys = std::get_if<PhysAddr>(&ring.at)) return fmt::format("physical {:#x}", phys->value);
    return fmt::format("virtual {:#x}", std::get<VirtAddr>(ring.at).value);
}

RecordingFacts facts_of(const GivenRings& given, std::uint8_t page_shift) {
    RecordingFacts facts;
    facts.audit_arch = given.architecture->audit_arch;
    facts.entry_size = given.layout->size;
    facts.word_size = given.architecture->word_size;
    facts.page_shift = page_shift;
    facts.kernel_release = given.kernel_release;
    for (const GivenRing& ring : given.rings) {
        facts.possible_cpus = std::max<std::uint32_t>(facts.possible_cpus, ring.cpu + 1);
        facts.entries_per_cpu = std::max<std::uint64_t>(facts.entries_per_cpu, ring.entries);
    }
    return facts;
}

}  // namespace

Result<Recording> open_given_rings(const MemorySource& source, const GivenRings& given) {
    const std::uint8_t page_shift = given.space != nullptr ? given.space->page_shift() : kSmallestShift;
    Recording recording;
    recording.facts = facts_of(given, page_shift);
    recording.layout = given.layout;
    recording.findings = source.findings();
    Finder finder(source, given.space, page_shift);
    std::vector<GivenRing> rings = given.rings;
    std::sort(rings.begin(), rings.end(), [](const GivenRing& a, const GivenRing& b) { return a.cpu < b.cpu; });

    std::optional<Error> first_error;
    bool any = false;
    for (const GivenRing& ring : rings) {
        RecordingFacts facts = recording.facts;
        facts.entries_per_cpu = ring.entries;
        const std::uint64_t size = ring.entries * facts.entry_size;
        const auto find = [&](std::uint64_t offset, std::uint64_t bytes) {
            return std::visit([&](auto at) { return finder.find(decltype(at){at.value + offset}, bytes); }, ring.at);
        };
        const auto open = [&](std::uint64_t head, Pages pages) {
            return std::make_unique<FrameRing>(source, facts, head, std::move(pages.map), std::nullopt, pages.begin);
        };
        Pages pages = find(0, size);
        const auto by_place = open(ring.entries, pages);
        const auto behind = open(1, find(size, facts.entry_size));
        const auto phase = find_phase(*given.layout, *by_place, ring.entries, behind.get());
        const std::string what = fmt::format("CPU {}: the ring at {}", ring.cpu, place_text(ring));
        if (!phase) {
            const std::string missing = pages.damage.empty() ? "" : " (" + pages.damage + ")";
            const Error error{phase.error().code, fmt::format("{}: {}{}", what, phase.error().message, missing)};
            if (!first_error) first_error = error;
            recording.findings.add(FindingId::RingMissing, error.message);
            continue;
        }
        if (!pages.damage.empty()) recording.findings.add(FindingId::RingPagesMissing, what + ": " + pages.damage);
        if (phase->head > 0) any = true;
        else if (!first_error) first_error = Error{ErrorCode::NotFound, what + ": nothing but zeros"};
        recording.provenance.push_back(fmt::format("CPU {}: ring of {} entries at {}, as given; verified: {} serials",
                                                   ring.cpu, ring.entries, place_text(ring), phase->records));
        CpuTrack track;
        track.cpu = ring.cpu;
        track.head = phase->head;
        track.slots = open(phase->head, std::move(pages));
        recording.cpus.push_back(std::move(track));
    }
    if (!any) return first_error.value_or(Error{ErrorCode::Usage, "no rings given"});
    if (given.space != nullptr) recording.provenance.push_back("page tables: " + given.space->description());
    return recording;
}

}  // namespace kstrax
