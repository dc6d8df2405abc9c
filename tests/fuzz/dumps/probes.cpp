// SPDX-License-Identifier: GPL-2.0-or-later
// All probes in their order, but libkdumpfile's: that is not ours to fuzz.
#include "tests/fuzz/dumps/sources.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/dumps/lime_image.hpp"

namespace kstrax::fuzz {

namespace {

using Probe = SourceResult (*)(const MappedFilePtr& file, const LogicalFilePtr& logical);

constexpr Probe kOrder[] = {
    [](const MappedFilePtr&, const LogicalFilePtr& logical) { return open_elf_core(logical); },
    [](const MappedFilePtr&, const LogicalFilePtr& logical) { return open_kdump(std::span(&logical, 1)); },
    [](const MappedFilePtr& file, const LogicalFilePtr&) { return open_lime(file); },
    [](const MappedFilePtr& file, const LogicalFilePtr&) { return open_lkcd(file); },
    [](const MappedFilePtr& file, const LogicalFilePtr&) { return refuse_known(file); },
    [](const MappedFilePtr& file, const LogicalFilePtr&) { return open_raw_image(file); },
};

void run(Bytes input) {
    const MemoryFile file;
    file.fill(input);
    const auto mapped = file.map();
    const auto logical = file.logical();
    if (mapped == nullptr || logical == nullptr) return;
    for (const Probe probe : kOrder) {
        const auto source = probe(mapped, logical);
        if (!source && source.error().code == ErrorCode::NotMine) continue;
        read_source(source);
        return;
    }
}

std::vector<std::string> seeds() {
    const test::Memory memory = small_memory();
    std::vector<std::string> all{test::raw_image(memory), test::elf_core(memory), test::kdump_image(memory).bytes,
                                 test::lime_image(memory), flat(test::lime_image(memory), 3000)};
    // What other formats begin with.
    for (const std::string_view start : {"DISKDUMP", "sadump", "QEVM", "MDMP", "PAGEDU64", "KDUMP   ", "\x1f\x8b\x08",
                                         "\x28\xb5\x2f\xfd", "BZh9", "QFI\xfb", "COWD", "\xd2\xbe\xd2\xbe"})
        all.push_back(std::string(start) + std::string(2 * kSmallestPage - start.size(), '\0'));
    return all;
}

}  // namespace

extern const Target kProbes;
const Target kProbes{"probes", 64 << 10, run, seeds};

}  // namespace kstrax::fuzz
