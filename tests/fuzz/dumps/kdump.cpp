// SPDX-License-Identifier: GPL-2.0-or-later
// kdump-compressed dumps of every codec and version.
#include "tests/fuzz/dumps/sources.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/dumps/kdump_image.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes input) {
    const MemoryFile file;
    file.fill(input);
    if (const auto logical = file.logical()) read_source(open_kdump(std::span(&logical, 1)));
}

std::vector<std::string> seeds() {
    const test::Memory memory = small_memory();
    std::vector<std::string> all;
    for (const test::Codec codec : test::kCodecs)
        all.push_back(test::kdump_image(memory, {.codec = codec, .vmcoreinfo = "OSRELEASE=6.1.0\n"}).bytes);
    for (std::uint32_t version = 1; version <= 5; ++version)
        all.push_back(test::kdump_image(memory, {.version = version}).bytes);
    all.push_back(test::kdump_image(memory, {.word_size = 4, .machine = "i686"}).bytes);
    all.push_back(test::kdump_image(memory, {.status = 1 | 4, .machine = "ia64"}).bytes);
    return all;
}

}  // namespace

extern const Target kKdump;
const Target kKdump{"kdump", 64 << 10, run, seeds};

}  // namespace kstrax::fuzz
