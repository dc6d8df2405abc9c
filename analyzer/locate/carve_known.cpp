// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/locate/carve_known.hpp"

#include <algorithm>
#include <array>

#include "analyzer/base/crc32.hpp"
#include "analyzer/locate/magic.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kHeader = sizeof(kstrax_frames);
constexpr std::uint64_t kPerList = (kCarvePage - kHeader) / 8;  // lists are full, but for a ring's last
constexpr std::size_t kMostKnown = 1 << 20;                     // pages

/// Header and frame numbers, if the list proves itself.
std::optional<std::vector<std::byte>> sound_list(const MemorySource& source, PhysAddr at) {
    std::vector<std::byte> page(kCarvePage);
    if (!source.read(at, page)) return std::nullopt;
    const auto header = *copy_record<kstrax_frames>(page);
    const Magic magic = frames_magic();
    if (!std::equal(magic.begin(), magic.end(), std::begin(header.magic)) || header.phys_addr != at.value)
        return std::nullopt;
    if (header.count == 0 || header.count > kPerList) return std::nullopt;
    constexpr std::uint64_t kCrcAt = offsetof(kstrax_frames, crc);
    constexpr std::array<std::byte, 4> kZero{};
    page.resize(kHeader + header.count * 8);
    std::uint32_t crc = crc32(Bytes(page).first(kCrcAt));
    crc = crc32(kZero, crc);
    crc = crc32(Bytes(page).subspan(kCrcAt + 4), crc);
    if (crc != header.crc) return std::nullopt;
    return page;
}

}  // namespace

KnownPages known_pages(const MemorySource& source, const PageScan& scan) {
    KnownPages known;
    for (const PhysAddr at : scan.frame_lists) {
        const auto list = sound_list(source, at);
        if (!list) continue;
        const auto header = *copy_record<kstrax_frames>(*list);
        for (std::uint64_t i = 0; i < header.count && known.size() < kMostKnown; ++i) {
            const auto frame = *copy_record<std::uint64_t>(*list, kHeader + i * 8);
            if (frame > ~std::uint64_t{0} / kCarvePage) continue;
            known.emplace(frame * kCarvePage,
                          KnownPage{header.instance_id, header.cpu, header.index * kPerList + i});
        }
    }
    return known;
}

}  // namespace kstrax
