// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/ring_image.hpp"

#include <algorithm>
#include <cstring>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax_memory/rings/magic.hpp"

namespace kstrax::test {

namespace {

/// What the ring holds in the end: later positions have replaced earlier ones.
std::string ring_bytes(const Script& script, const ScriptCpu& cpu) {
    const Layout& layout = *find_layout(script.facts.layout);
    const std::size_t entry_size = script.facts.entry_size;
    std::vector<std::byte> ring(static_cast<std::size_t>(script.facts.entries_per_cpu) * entry_size);
    for (std::size_t i = 0; i < cpu.slots.size(); ++i) {
        const ScriptSlot& slot = cpu.slots[i];
        if (slot.torn) continue;
        const std::uint64_t position = cpu.begin + i;
        const auto place = static_cast<std::size_t>(position % script.facts.entries_per_cpu);
        const auto bytes = std::span(ring).subspan(place * entry_size, entry_size);
        Entry entry = slot.entry;
        entry.serial = static_cast<std::uint32_t>(position + 1);
        encode_entry(layout, entry, bytes);
        std::memcpy(bytes.data() + layout.args.offset, slot.path.data(), slot.path.size());
    }
    return std::string(as_text(ring));
}

std::vector<PhysAddr> place_ring(Memory& memory, std::string_view ring) {
    std::vector<PhysAddr> pages;
    for (std::size_t at = 0; at < ring.size(); at += memory.page_size()) {
        pages.push_back(memory.take());
        memory.write(pages.back(), as_bytes(ring.substr(at, memory.page_size())));
    }
    return pages;
}

std::vector<PhysAddr> place_lists(Memory& memory, const Script& script, std::uint32_t cpu,
                                  const std::vector<PhysAddr>& pages) {
    const std::size_t per_list = (memory.page_size() - script.sizes.frames) / 8;
    std::vector<PhysAddr> lists;
    for (std::size_t first = 0; first < pages.size(); first += per_list) lists.push_back(memory.take());
    for (std::size_t i = 0; i < lists.size(); ++i) {
        kstrax_frames header{};
        const Magic magic = frames_magic();
        std::copy(magic.begin(), magic.end(), header.magic);
        header.instance_id = script.facts.instance_id;
        header.phys_addr = lists[i].value;
        header.next_phys = i + 1 < lists.size() ? lists[i + 1].value : 0;
        header.cpu = cpu;
        header.index = static_cast<std::uint32_t>(i);
        header.count = static_cast<std::uint32_t>(std::min(per_list, pages.size() - i * per_list));
        memory.put(lists[i], header);
        for (std::size_t n = 0; n < header.count; ++n)
            memory.put(lists[i] + script.sizes.frames + n * 8, pages[i * per_list + n].value / memory.page_size());
        seal_list(memory, lists[i], script.sizes.frames);
    }
    return lists;
}

/// Nothing is left by which the recording would be found.
void drop_anchor(const RingPlaces& places, Memory& memory) {
    const std::uint64_t block = memory.get<std::uint64_t>(KSTRAX_TEST_AT(places.anchor, kstrax_anchor, block_size));
    for (std::uint64_t at = 0; at < block; at += memory.page_size()) memory.drop(places.anchor + at);
    for (const RingPlaces::Cpu& cpu : places.cpus)
        for (const PhysAddr list : cpu.lists) memory.drop(list);
}

kstrax_anchor anchor_of(const Script& script, PhysAddr at, std::uint64_t block_size) {
    kstrax_anchor anchor{};
    const Magic magic = anchor_magic();
    std::copy(magic.begin(), magic.end(), anchor.magic);
    anchor.anchor_size = script.sizes.anchor;
    anchor.cpu_offset = script.sizes.cpu_offset;
    anchor.cpu_size = script.sizes.cpu;
    anchor.frames_size = script.sizes.frames;
    anchor.block_size = block_size;
    anchor.virt_addr = script.anchor_virt;
    anchor.phys_addr = at.value;
    anchor.facts = script.facts;
    anchor.end = script.end;
    anchor.filter = script.filter;
    return anchor;
}

}  // namespace

PhysAddr RingPlaces::slot_byte(std::size_t cpu, std::uint64_t slot, std::uint64_t byte) const {
    const std::uint64_t offset = slot * entry_size + byte;
    return cpus.at(cpu).pages.at(static_cast<std::size_t>(offset / page_size)) + offset % page_size;
}

RingPlaces place_rings(const Script& script, Memory& memory) {
    RingPlaces places;
    places.page_size = memory.page_size();
    places.entry_size = script.facts.entry_size;
    const std::uint64_t block = script.sizes.cpu_offset + script.cpus.size() * script.sizes.cpu;
    places.anchor = memory.take((block + memory.page_size() - 1) / memory.page_size());
    memory.put(places.anchor, anchor_of(script, places.anchor, block));
    seal_anchor(memory, places.anchor);
    if (script.sizes.anchor >= sizeof(kstrax_anchor) + sizeof(kstrax_clock))
        memory.put(places.anchor + sizeof(kstrax_anchor), script.clock);
    for (std::size_t i = 0; i < script.cpus.size(); ++i) {
        const auto number = static_cast<std::uint32_t>(i);
        const ScriptCpu& from = script.cpus[i];
        RingPlaces::Cpu cpu;
        cpu.descriptor = places.anchor + script.sizes.cpu_offset + i * script.sizes.cpu;
        kstrax_cpu descriptor{};
        if (from.absent) {
            std::memcpy(&descriptor.lost, &from.lost, sizeof descriptor.lost);
            descriptor.cpu = number;
            memory.put(cpu.descriptor, descriptor);
            places.cpus.push_back(std::move(cpu));
            continue;
        }
        cpu.pages = place_ring(memory, ring_bytes(script, from));
        cpu.lists = place_lists(memory, script, number, cpu.pages);
        descriptor.head = from.begin + from.slots.size();
        std::memcpy(&descriptor.lost, &from.lost, sizeof descriptor.lost);
        descriptor.ring_virt = from.ring_virt != 0 ? from.ring_virt : script.anchor_virt + 0x100000 * (i + 1);
        descriptor.frames_phys = cpu.lists.front().value;
        descriptor.cpu = number;
        memory.put(cpu.descriptor, descriptor);
        places.cpus.push_back(std::move(cpu));
    }
    return places;
}

void seal_anchor(Memory& memory, PhysAddr anchor) {
    const std::string covered = memory.read(anchor, offsetof(kstrax_anchor, crc));
    memory.put(KSTRAX_TEST_AT(anchor, kstrax_anchor, crc), crc32(as_bytes(covered)));
}

void seal_list(Memory& memory, PhysAddr list, std::uint64_t header_size) {
    const PhysAddr crc_at = KSTRAX_TEST_AT(list, kstrax_frames, crc);
    const std::uint64_t size =
        header_size + std::uint64_t{memory.get<std::uint32_t>(KSTRAX_TEST_AT(list, kstrax_frames, count))} * 8;
    if (size > memory.page_size()) return;
    memory.put(crc_at, std::uint32_t{0});
    memory.put(crc_at, crc32(as_bytes(memory.read(list, size))));
}

RingImage::RingImage(std::string_view script_text, std::uint64_t frames)
    : script(parse_script(script_text)),
      memory(std::uint64_t{1} << script.facts.page_shift, std::max(frames, frames_of_kernel(script))) {
    Kernel kernel(script, memory);
    places = place_rings(script, memory);
    kernel.place(places);
    machine = kernel.facts();
    for (std::size_t i = 0; i < script.cpus.size(); ++i)
        for (const std::size_t page : script.cpus[i].holes) memory.drop(places.cpus[i].pages.at(page));
    if (!script.anchor) drop_anchor(places, memory);
}

}  // namespace kstrax::test
