// SPDX-License-Identifier: GPL-2.0-or-later
// make-dump SCRIPT FORMAT OUT: a memory image from a script, for tests in shell.
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "tests/support/elf_image.hpp"
#include "tests/support/kdump_image.hpp"
#include "tests/support/ring_image.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax::test;

namespace {

std::string kdump(const Memory& memory, Codec codec) {
    return kdump_image(memory, {.codec = codec}).bytes;
}

const std::map<std::string, std::function<std::string(const Memory&)>> kFormats{
    {"elf", [](const Memory& memory) { return elf_core(memory); }},
    {"raw", [](const Memory& memory) { return raw_image(memory); }},
    {"plain", [](const Memory& memory) { return kdump(memory, Codec::Plain); }},
    {"zlib", [](const Memory& memory) { return kdump(memory, Codec::Zlib); }},
    {"lzo", [](const Memory& memory) { return kdump(memory, Codec::Lzo); }},
    {"snappy", [](const Memory& memory) { return kdump(memory, Codec::Snappy); }},
    {"zstd", [](const Memory& memory) { return kdump(memory, Codec::Zstd); }},
    {"flattened",
     [](const Memory& memory) { return flattened(shuffled_records(kdump(memory, Codec::Zlib), 1000, 1)); }},
};

/// Image with damage done to it before it becomes an ELF core; by name.
const std::map<std::string, std::function<void(RingImage&)>> kDamage{
    {"bad-crc",
     [](RingImage& image) { image.memory.flip(KSTRAX_TEST_AT(image.places.anchor, kstrax_anchor, crc)); }},
    {"no-ring", [](RingImage& image) { image.memory.flip(image.places.anchor); }},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "Usage: make-dump SCRIPT FORMAT OUT; formats:");
        for (const auto& [name, make] : kFormats) std::fprintf(stderr, " %s", name.c_str());
        for (const auto& [name, damage] : kDamage) std::fprintf(stderr, " %s", name.c_str());
        std::fprintf(stderr, "\n");
        return 2;
    }
    try {
        RingImage image(read_file(argv[1]));
        const auto damage = kDamage.find(argv[2]);
        if (damage != kDamage.end()) damage->second(image);
        const std::string bytes = kFormats.at(damage == kDamage.end() ? argv[2] : "elf")(image.memory);
        std::ofstream out(argv[3], std::ios::binary | std::ios::trunc);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return out.good() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "make-dump: %s\n", error.what());
        return 1;
    }
}
