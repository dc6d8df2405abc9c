// SPDX-License-Identifier: GPL-2.0-or-later
// Pages of rings to which nothing leads but themselves. An input: which layout, whether the frame lists are left, which
// report, and patches of any page.
#include "analyzer/importers/kstrax_memory/carve/carve.hpp"

#include "tests/fuzz/patches.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::fuzz {

namespace {

struct Base {
    explicit Base(const std::string& script) : image(script) {
        image.memory.flip(image.places.anchor);
        places = pages_of(image.memory);
    }
    test::RingImage image;
    std::vector<PhysAddr> places;
};

void run(Bytes bytes) {
    static const std::vector<Base> bases(scripts().begin(), scripts().end());
    Input input(bytes);
    const Base& base = bases[input.byte() % bases.size()];
    const bool lists = input.byte() % 2 == 0;
    const std::uint8_t choice = input.byte();
    test::Memory memory = base.image.memory;
    patch(input, memory, base.places);
    const test::SearchedMemory searched(memory);
    const auto carved = carve(searched.view, {.scan = lists ? &searched.located.scan : nullptr, .kernel_release = {}});
    if (!carved) return;
    for (const Recording& recording : *carved) {
        require(!recording.findings.empty(), "a carved recording is never free of damage");
        report(recording, choice);
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t layout = 0; layout < scripts().size(); ++layout)
        for (std::uint8_t lists = 0; lists < 2; ++lists) {
            const std::string head = packed(layout) + packed(lists);
            all.push_back(head + packed(std::uint8_t{7}));
            all.push_back(head + packed(std::uint8_t{1}) + patch_of(3, 100, std::string(40, '\1')) +
                          patch_of(5, 8, ""));
        }
    return all;
}

}  // namespace

extern const Target kCarve;
const Target kCarve{"carve", 1024, run, seeds};

}  // namespace kstrax::fuzz
