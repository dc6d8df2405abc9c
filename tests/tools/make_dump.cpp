// SPDX-License-Identifier: GPL-2.0-or-later
// make-dump SCRIPT FORMAT OUT: a memory image from a script, for tests in shell; or, in
// place of a format, a list for kstrax-dump's options: "rings" (a line a ring, for
// --ring), "symbols" (a System.map).
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/dumps/lime_image.hpp"
#include "tests/support/dumps/lkcd_image.hpp"
#include "tests/support/rings/ring_image.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax::test;
using kstrax::PhysAddr;

namespace {

std::string elf(const RingImage& image, std::uint8_t bits) {
    ElfForm form = image.machine.elf;
    form.bits = bits;
    return elf_core(image.memory, form);
}

std::string kdump(const RingImage& image, Codec codec, std::optional<kstrax::FrameRange> part = std::nullopt) {
    return kdump_image(image.memory, {.codec = codec,
                                      .part = part,
                                      .vmcoreinfo = image.machine.elf.vmcoreinfo,
                                      .word_size = image.machine.word_size,
                                      .machine = image.machine.name})
        .bytes;
}

std::string lkcd(const RingImage& image, LkcdForm::Pages pages) {
    return lkcd_image(image.memory,
                      {.pages = pages, .word_size = image.machine.word_size, .machine = image.machine.name});
}

/// One file of a dump that is split in three, each with as many pages.
std::string split(const RingImage& image, std::size_t number) {
    const auto frame = [&](std::size_t third) {
        const auto& pages = image.memory.pages();
        return third == 0   ? 0
               : third == 3 ? image.memory.size() / image.memory.page_size()
                            : std::next(pages.begin(), static_cast<std::ptrdiff_t>(third * pages.size() / 3))->first;
    };
    return kdump(image, Codec::Zlib, kstrax::FrameRange{frame(number), frame(number + 1)});
}

/// CPU:ADDRESS:ENTRIES of each ring, a line each.
std::string rings(const RingImage& image) {
    std::string lines;
    for (std::size_t i = 0; i < image.script.cpus.size(); ++i)
        lines += fmt::format("{}:{:#x}:{}\n", i, image.script.cpus[i].ring_virt, image.script.facts.entries_per_cpu);
    return lines;
}

const std::map<std::string, std::function<std::string(const RingImage&)>> kFormats{
    {"elf", [](const RingImage& image) { return elf(image, 64); }},
    {"elf32", [](const RingImage& image) { return elf(image, 32); }},
    {"raw", [](const RingImage& image) { return raw_image(image.memory); }},
    {"plain", [](const RingImage& image) { return kdump(image, Codec::Plain); }},
    {"zlib", [](const RingImage& image) { return kdump(image, Codec::Zlib); }},
    {"lzo", [](const RingImage& image) { return kdump(image, Codec::Lzo); }},
    {"snappy", [](const RingImage& image) { return kdump(image, Codec::Snappy); }},
    {"zstd", [](const RingImage& image) { return kdump(image, Codec::Zstd); }},
    {"flattened",
     [](const RingImage& image) { return flattened(shuffled_records(kdump(image, Codec::Zlib), 1000, 1)); }},
    {"flattened-elf", [](const RingImage& image) { return flattened(shuffled_records(elf(image, 64), 5000, 1)); }},
    {"lime", [](const RingImage& image) { return lime_image(image.memory); }},
    {"lkcd-rle", [](const RingImage& image) { return lkcd(image, LkcdForm::Pages::Rle); }},
    {"lkcd-gzip", [](const RingImage& image) { return lkcd(image, LkcdForm::Pages::Gzip); }},
    {"split0", [](const RingImage& image) { return split(image, 0); }},
    {"split1", [](const RingImage& image) { return split(image, 1); }},
    {"split2", [](const RingImage& image) { return split(image, 2); }},
    {"rings", rings},
    {"symbols", [](const RingImage& image) { return image.machine.symbols; }},
};

/// Image with damage done to it before it becomes an ELF core; by name.
const std::map<std::string, std::function<void(RingImage&)>> kDamage{
    {"bad-crc", [](RingImage& image) { image.memory.flip(KSTRAX_TEST_AT(image.places.anchor, kstrax_anchor, crc)); }},
    {"no-ring",
     [](RingImage& image) {
         image.memory.flip(image.places.anchor);
         for (const auto& cpu : image.places.cpus)
             for (const PhysAddr page : cpu.pages) image.memory.drop(page);
     }},
    {"no-anchor", [](RingImage& image) { image.memory.flip(image.places.anchor); }},
    {"pages-alone",
     [](RingImage& image) {
         image.memory.flip(image.places.anchor);
         for (const auto& cpu : image.places.cpus)
             for (const PhysAddr list : cpu.lists) image.memory.flip(list);
     }},
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
        const std::string bytes = kFormats.at(damage == kDamage.end() ? argv[2] : "elf")(image);
        std::ofstream out(argv[3], std::ios::binary | std::ios::trunc);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return out.good() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "make-dump: %s\n", error.what());
        return 1;
    }
}
