// SPDX-License-Identifier: GPL-2.0-or-later
// The importer of memory images: every way that leads to rings, through kernels of each architecture. An input: which
// machine, which way (none: whatever leads to one), which report, and patches of any page.
#include "analyzer/importers/kstrax_memory/importer.hpp"
#include "tests/fuzz/patches.hpp"
#include "tests/fuzz/rings/machine.hpp"
#include "tests/fuzz/rings/reports.hpp"

namespace kstrax::fuzz {

using namespace std::string_literals;

namespace {

constexpr const char* kMachines[] = {
    "layout x86_64\ntables \"4 levels\"\nkaslr 0x23200000\nload 0xa200000\n",
    "layout x86_64\ntables \"5 levels\"\nvmcoreinfo memory\n",
    "layout ia32\ntables \"PAE\"\n",
    "layout ia64\ntables \"16 KiB pages, 3 levels\"\nload 0x8000000\n",
};
constexpr const char* kRecords = R"(cpus 2
    entries 70
    0 100 tid=10 openat args=-100,0x1000 path="/etc/passwd"
    0 150 tid=10 openat = 3
    1 155 tid=12 clone
    1 160 tid=12 clone = 13
)";

struct Base {
    explicit Base(const std::string& script) : image(script), places(pages_of(image.memory)) {}
    test::RingImage image;
    std::vector<PhysAddr> places;
};
std::vector<Base> bases() {
    std::vector<Base> all;
    for (const char* machine : kMachines) all.emplace_back(std::string(machine) + kRecords);
    return all;
}

void run(Bytes bytes) {
    static const std::vector<Base> all = bases();
    Input input(bytes);
    const Base& base = all[input.byte() % all.size()];
    const std::size_t way = input.byte() % (ways().size() + 1);
    const std::uint8_t choice = input.byte();
    test::Memory memory = base.image.memory;
    patch(input, memory, base.places);
    const Machine machine(memory, base.image.machine);

    FindOptions find;
    if (way < ways().size() && ways()[way].way != Way::Given) find.way = ways()[way].way;
    ImportInput import;
    import.names = {"image"};
    import.name = "image";
    import.memory = import.ahead = &machine;
    import.find = &find;
    if (!kMemoryImporter.sniff(import)) return;
    const auto found = kMemoryImporter.find(import);
    if (!found) return;
    for (int again = 0; again < 2; ++again) {
        const auto opened = (*found)->open(nullptr);
        if (!opened) require(!opened.error().message.empty(), "an error says what is wrong");
        else if (again == 1) report(opened->recording, choice);
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t machine = 0; machine < std::size(kMachines); ++machine)
        for (std::uint8_t way = 0; way <= ways().size(); ++way)
            all.push_back(packed(machine) + packed(way) + packed(std::uint8_t{7}));
    for (std::uint8_t page = 0; page < 24; ++page)
        all.push_back(std::string(3, '\0') + patch_of(page, 0, std::string(64, '\xff')));
    // A ring of any size, which damaged page tables map: each of its pages was once looked for.
    all.push_back("\002\002?\002\001\007ECretOR\000KF\000\000\001"s + std::string(7, '\0') + "<" +
                  std::string(30, '\0') + "LT\010");
    return all;
}

}  // namespace

extern const Target kWays;
const Target kWays{"ways", 512, run, seeds};

}  // namespace kstrax::fuzz
