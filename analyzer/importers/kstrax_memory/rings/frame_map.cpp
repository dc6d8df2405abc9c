// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/frame_map.hpp"

#include <algorithm>
#include <array>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax_memory/rings/magic.hpp"

namespace kstrax {

namespace {

struct FrameList {
    kstrax_frames header;
    std::vector<std::uint64_t> frames;
};

/// Whether a page is a frame list that is where it says, with a header of this size, and unchanged.
bool is_whole(Bytes page, const kstrax_frames& header, PhysAddr at, std::uint64_t header_size) {
    const Magic magic = frames_magic();
    if (!std::equal(magic.begin(), magic.end(), std::begin(header.magic)) || header.phys_addr != at.value) return false;
    if (header_size < sizeof header || header_size > page.size()) return false;
    if (header.count == 0 || header.count > (page.size() - header_size) / 8) return false;
    const std::uint64_t used = header_size + std::uint64_t{header.count} * 8;
    constexpr std::uint64_t kCrcAt = offsetof(kstrax_frames, crc);
    constexpr std::array<std::byte, 4> kZero{};
    std::uint32_t crc = crc32(*slice(page, 0, kCrcAt));
    crc = crc32(kZero, crc);
    crc = crc32(*slice(page, kCrcAt + 4, used - kCrcAt - 4), crc);
    return crc == header.crc;
}

/// Reads the list at `at` and proves it: magic, own address, instance, CPU, index, CRC.
std::optional<FrameList> read_list(const MemorySource& source, const Anchor& anchor, PhysAddr at, CpuId cpu,
                                   std::uint32_t index) {
    const std::uint64_t page_size = std::uint64_t{1} << anchor.block.facts.page_shift;
    std::vector<std::byte> page(static_cast<std::size_t>(page_size));
    if (!source.read(at, page)) return std::nullopt;
    FrameList list{*copy_record<kstrax_frames>(page), {}};
    const std::uint32_t header_size = anchor.block.frames_size;
    const bool mine = list.header.instance_id == anchor.block.facts.instance_id && list.header.cpu == cpu &&
                      list.header.index == index;
    if (!mine || !is_whole(page, list.header, at, header_size)) return std::nullopt;
    for (std::uint64_t i = 0; i < list.header.count; ++i)
        list.frames.push_back(*copy_record<std::uint64_t>(page, header_size + i * 8));
    return list;
}

/// The frames that a page would name if it were the list with this index.
std::vector<std::uint64_t> frames_in(const MemorySource& source, const Anchor& anchor, PhysAddr at) {
    std::vector<std::byte> page(std::size_t{1} << anchor.block.facts.page_shift);
    std::vector<std::uint64_t> frames;
    if (!source.read(at, page)) return frames;
    for (std::size_t byte = anchor.block.frames_size; byte + 8 <= page.size(); byte += 8)
        frames.push_back(*copy_record<std::uint64_t>(page, byte));
    return frames;
}

}  // namespace

void FrameMap::append(std::uint64_t first, std::vector<std::uint64_t> frames) {
    parts_.push_back({first, std::move(frames)});
}

std::optional<std::uint64_t> FrameMap::frame(std::uint64_t ordinal) const {
    auto part = std::upper_bound(parts_.begin(), parts_.end(), ordinal,
                                 [](std::uint64_t o, const Part& p) { return o < p.first; });
    if (part == parts_.begin()) return std::nullopt;
    --part;
    const std::uint64_t offset = ordinal - part->first;
    if (offset >= part->frames.size()) return std::nullopt;
    return part->frames[static_cast<std::size_t>(offset)];
}

std::optional<std::uint64_t> FrameMap::next_known(std::uint64_t ordinal) const {
    if (frame(ordinal)) return ordinal;
    const auto part = std::upper_bound(parts_.begin(), parts_.end(), ordinal,
                                       [](std::uint64_t o, const Part& p) { return o < p.first; });
    if (part == parts_.end()) return std::nullopt;
    return part->first;
}

std::uint64_t FrameMap::unknown_below(std::uint64_t end) const {
    std::uint64_t known = 0;
    for (const Part& part : parts_)
        if (part.first < end) known += std::min<std::uint64_t>(part.frames.size(), end - part.first);
    return end - std::min(end, known);
}

FrameLists::FrameLists(const MemorySource& source, const PageScan& scan) {
    for (const PhysAddr at : scan.frame_lists) {
        std::array<std::byte, sizeof(kstrax_frames)> bytes{};
        if (!source.read(at, bytes)) continue;
        const auto header = *copy_record<kstrax_frames>(bytes);
        if (header.phys_addr == at.value) by_key_.emplace(Key{header.instance_id, header.cpu, header.index}, at);
    }
}

void take_from_frame_lists(const MemorySource& source, Anchor& anchor) {
    std::vector<std::byte> page(std::size_t{1} << anchor.block.facts.page_shift);
    for (CpuId cpu = 0; cpu < anchor.block.facts.possible_cpus; ++cpu) {
        const auto descriptor = read_cpu(source, anchor, cpu);
        if (!descriptor || descriptor->frames_phys == 0) continue;
        const PhysAddr at{descriptor->frames_phys};
        if (!source.read(at, page)) continue;
        const auto header = *copy_record<kstrax_frames>(page);
        for (const std::uint32_t size : {std::uint32_t{anchor.block.frames_size}, std::uint32_t{sizeof header}}) {
            if (!is_whole(page, header, at, size)) continue;
            anchor.block.frames_size = size;
            anchor.block.facts.instance_id = header.instance_id;
            return;
        }
    }
}

RingFrames read_frames(const MemorySource& source, const Anchor& anchor, const kstrax_cpu& cpu,
                       const FrameLists& scanned) {
    const kstrax_facts& facts = anchor.block.facts;
    const std::uint64_t page_size = std::uint64_t{1} << facts.page_shift;
    const std::uint64_t per_list = (page_size - anchor.block.frames_size) / 8;
    const std::uint64_t needed = (facts.entries_per_cpu * facts.entry_size + page_size - 1) / page_size;
    const std::uint64_t lists = (needed + per_list - 1) / per_list;

    RingFrames ring;
    PhysAddr next{cpu.frames_phys};
    std::uint64_t index = 0;
    while (index < lists && index <= UINT32_MAX) {
        const auto number = static_cast<std::uint32_t>(index);
        std::optional<FrameList> list;
        if (next.value != 0) list = read_list(source, anchor, next, cpu.cpu, number);
        PhysAddr damaged = next;
        if (!list) {
            // Every list but the last is full, so a later one's place follows from its index.
            const auto found = scanned.all().lower_bound({facts.instance_id, cpu.cpu, number});
            const bool usable = found != scanned.all().end() && found->first.instance == facts.instance_id &&
                                found->first.cpu == cpu.cpu && found->first.index < lists;
            if (!usable) {
                ring.doubted.append(index * per_list, frames_in(source, anchor, damaged));
                break;
            }
            if (found->first.index != index) {
                ring.lost += found->first.index - index;
                ring.doubted.append(index * per_list, frames_in(source, anchor, damaged));
            }
            index = found->first.index;
            damaged = found->second;
            list = read_list(source, anchor, found->second, cpu.cpu, found->first.index);
            if (list) ++ring.repaired;
        }
        if (list) {
            ++ring.lists;
            next = {list->header.next_phys};
            ring.map.append(index * per_list, std::move(list->frames));
        } else {
            ++ring.lost;
            ring.doubted.append(index * per_list, frames_in(source, anchor, damaged));
            next = {0};
        }
        ++index;
    }
    ring.lost += lists - std::min(index, lists);
    return ring;
}

}  // namespace kstrax
