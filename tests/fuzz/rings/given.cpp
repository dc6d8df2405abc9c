// SPDX-License-Identifier: GPL-2.0-or-later
// Options that name rings, in memory where such rings are. An input: which way of finding and which report, and values
// of --ring and --ring-table, a line each; behind an empty line, patches of memory.
#include <boost/program_options.hpp>

#include "analyzer/command/support/find_options.hpp"
#include "tests/fuzz/patches.hpp"
#include "tests/fuzz/rings/machine.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::fuzz {

using namespace std::string_literals;

namespace {

constexpr const char* kScript = R"(layout x86_64
    cpus 2
    entries 70
    tables "4 levels"
    0 100 tid=10 openat args=-100,0x1000 path="/etc/passwd"
    0 150 tid=10 openat = 3
    1 155 tid=12 clone
    1 160 tid=12 clone = 13
)";

struct Base {
    Base() : image(kScript), places(pages_of(image.memory)) {}
    test::RingImage image;
    std::vector<PhysAddr> places;
};
const Base& base() {
    static const Base one;
    return one;
}

/// Lines up to an empty one, as words of a command line.
std::vector<std::string> words_of(Input& input) {
    std::vector<std::string> words;
    while (!input.empty() && words.size() < 16) {
        const std::string_view rest = as_text(input.rest());
        const std::string line(rest.substr(0, rest.find('\n')));
        (void)input.take(line.size() + 1);
        if (line.empty()) break;
        words.push_back((line.find('@') == 0 ? "--ring-table=" : "--ring=") + line.substr(line.find('@') == 0 ? 1 : 0));
    }
    return words;
}

void run(Bytes bytes) {
    Input input(bytes);
    const std::uint8_t choice = input.byte();
    const std::vector<std::string> words = words_of(input);
    namespace po = boost::program_options;
    po::options_description description;
    add_find_options(description);
    po::variables_map values;
    try {
        po::store(po::command_line_parser(words).options(description).run(), values);
    } catch (const po::error&) {
        return;
    }
    const auto options = find_options(values);
    if (!options) {
        require(options.error().code == ErrorCode::Usage && !options.error().message.empty(),
                "a mistake is the user's");
        return;
    }
    test::Memory memory = base().image.memory;
    patch(input, memory, base().places);
    const Machine machine(memory, base().image.machine);
    if (!options->rings.any()) return;
    const auto opened = open_named_rings(machine, options->rings, nullptr);
    if (opened) report((*opened)->recording, choice);
}

std::vector<std::string> seeds() {
    const auto& cpus = base().image.script.cpus;
    const std::string virt = fmt::format("0:{:#x}:70\n1:{:#x}:70\n", cpus[0].ring_virt, cpus[1].ring_virt);
    return {packed(std::uint8_t{1}) + virt, packed(std::uint8_t{7}) + virt + "\n" + patch_of(2, 8, "\xff\xff"),
            packed(std::uint8_t{1}) + "0:@0x1000:70\n", packed(std::uint8_t{1}) + "@0x1000:2:70\n",
            packed(std::uint8_t{0}) + "1:ring_of_cpu+0x10:20000\n", packed(std::uint8_t{0}) + "@ring_of_cpu+8:4:1\n",
            // As in ways.cpp: a ring of any size.
            "\0010:0xffffc9000000A00:0840000990\012\012\002\0121:\260fc\377\377\377\3751000300\377\377\377:70\012"s};
}

}  // namespace

extern const Target kGivenRings;
const Target kGivenRings{"given-rings", 512, run, seeds};

}  // namespace kstrax::fuzz
