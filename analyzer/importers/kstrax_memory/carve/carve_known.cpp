// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/carve/carve_known.hpp"

#include <algorithm>
#include <array>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax_memory/rings/magic.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostKnown = 1 << 20;  // pages
constexpr std::array<unsigned, 4> kPageShifts{12, 13, 14, 16};

struct SoundList {
    kstrax_frames header{};
    std::vector<std::uint64_t> frames;
};

std::optional<SoundList> sound_list(const MemorySource& source, PhysAddr at) {
    SoundList list;
    const auto header_bytes = std::as_writable_bytes(std::span(&list.header, 1));
    if (!source.read(at, header_bytes)) return std::nullopt;
    const kstrax_frames& header = list.header;
    const Magic magic = frames_magic();
    constexpr std::uint64_t kMost = ((1U << kPageShifts.back()) - sizeof(kstrax_frames)) / 8;
    const bool mine = std::equal(magic.begin(), magic.end(), std::begin(header.magic)) && header.phys_addr == at.value;
    if (!mine || header.count == 0 || header.count > kMost) return std::nullopt;
    list.frames.resize(header.count);
    const auto frames = std::as_writable_bytes(std::span(list.frames));
    if (!source.read(at + sizeof(kstrax_frames), frames)) return std::nullopt;
    kstrax_frames zeroed = header;
    zeroed.crc = 0;
    if (crc32(frames, crc32(bytes_of(zeroed))) != header.crc) return std::nullopt;
    return list;
}

/// Of pages of this size, how many are where entries were found.
std::uint64_t agreeing(const SoundList& list, unsigned shift, const std::vector<EntryRun>& runs) {
    return static_cast<std::uint64_t>(std::count_if(list.frames.begin(), list.frames.end(), [&](std::uint64_t frame) {
        if (frame > ~std::uint64_t{0} >> shift) return false;
        const PhysAddr page{frame << shift};
        const auto run =
            std::lower_bound(runs.begin(), runs.end(), page, [](const EntryRun& r, PhysAddr p) { return r.page < p; });
        return run != runs.end() && run->page == page;
    }));
}

}  // namespace

KnownPages known_pages(const MemorySource& source, const PageScan& scan, const std::vector<EntryRun>& runs) {
    KnownPages known;
    for (const PhysAddr at : scan.frame_lists) {
        const auto list = sound_list(source, at);
        if (!list) continue;
        const unsigned shift = *std::max_element(kPageShifts.begin(), kPageShifts.end(), [&](unsigned a, unsigned b) {
            return agreeing(*list, a, runs) < agreeing(*list, b, runs);
        });
        const std::uint64_t parts = (std::uint64_t{1} << shift) / kCarvePage;
        const std::uint64_t per_list = ((std::uint64_t{1} << shift) - sizeof(kstrax_frames)) / 8;
        for (std::uint64_t i = 0; i < list->frames.size() * parts && known.size() < kMostKnown; ++i) {
            const std::uint64_t frame = list->frames[static_cast<std::size_t>(i / parts)];
            if (frame > ~std::uint64_t{0} >> shift) continue;
            known.emplace(
                (frame << shift) + i % parts * kCarvePage,
                KnownPage{list->header.instance_id, list->header.cpu, list->header.index * per_list * parts + i});
        }
    }
    return known;
}

}  // namespace kstrax
