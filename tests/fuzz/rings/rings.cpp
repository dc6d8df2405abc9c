// SPDX-License-Identifier: GPL-2.0-or-later
// Anchor, descriptors, frame lists and rings, with changes anywhere in them. An input: which layout, which checksums
// are made right again (a bit each: anchor, its own address, lists), which report, and patches.
#include "analyzer/importers/kstrax_memory/locate.hpp"
#include "tests/fuzz/patches.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::fuzz {

namespace {

constexpr std::uint8_t kSealAnchor = 1, kSealAddress = 2, kSealLists = 4;

struct Base {
    explicit Base(const std::string& script) : image(script), places{image.places.anchor} {
        for (const test::RingPlaces::Cpu& cpu : image.places.cpus) {
            places.push_back(cpu.descriptor);
            places.insert(places.end(), cpu.lists.begin(), cpu.lists.end());
            places.insert(places.end(), cpu.pages.begin(), cpu.pages.end());
        }
    }
    test::RingImage image;
    std::vector<PhysAddr> places;
};

void run(Bytes bytes) {
    static const std::vector<Base> bases(scripts().begin(), scripts().end());
    Input input(bytes);
    const Base& base = bases[input.byte() % bases.size()];
    const std::uint8_t seals = input.byte();
    const std::uint8_t choice = input.byte();
    test::Memory memory = base.image.memory;
    const PhysAddr anchor = base.image.places.anchor;
    patch(input, memory, base.places);
    if ((seals & kSealAddress) != 0) memory.put(KSTRAX_TEST_AT(anchor, kstrax_anchor, phys_addr), anchor.value);
    if ((seals & kSealAnchor) != 0) test::seal_anchor(memory, anchor);
    if ((seals & kSealLists) != 0)
        for (const test::RingPlaces::Cpu& cpu : base.image.places.cpus)
            for (const PhysAddr list : cpu.lists) test::seal_list(memory, list);

    const test::SearchedMemory searched(memory);
    for (const Anchor& one : searched.located.anchors)
        report(open_recording(searched.view, searched.located, one), choice);
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t layout = 0; layout < scripts().size(); ++layout)
        for (std::uint8_t choice = 0; choice < 15; ++choice)
            all.push_back(packed(layout) + packed(std::uint8_t{7}) + packed(choice));
    const std::string sealed = {'\0', '\7', '\6'};
    for (std::uint8_t place = 0; place < 8; ++place) {
        all.push_back(sealed + patch_of(place, 0, std::string(64, '\xff')) + patch_of(place, 16, std::string(8, '\0')));
        all.push_back(sealed + patch_of(place, 16, ""));
    }
    return all;
}

}  // namespace

extern const Target kRings;
const Target kRings{"rings", 1024, run, seeds};

}  // namespace kstrax::fuzz
