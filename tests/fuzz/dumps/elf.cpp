// SPDX-License-Identifier: GPL-2.0-or-later
// ELF cores of both classes, as they are and flattened.
#include "tests/fuzz/dumps/sources.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/dumps/elf_image.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes input) {
    const MemoryFile file;
    file.fill(input);
    if (const auto logical = file.logical()) read_source(open_elf_core(logical));
}

std::vector<std::string> seeds() {
    const test::Memory memory = small_memory();
    const std::string info = "OSRELEASE=6.1.0\nCRASHTIME=1700000000\n";
    const auto virt = [](PhysAddr at) { return 0xffff888000000000 + at.value; };
    const std::string whole = test::elf_core(memory, {.vmcoreinfo = info, .virt = virt});
    return {
        whole,
        test::elf_core(memory, {.vmcoreinfo = info, .machine = EM_386, .bits = 32}),
        test::elf_core(memory, {.many_headers = true}),
        test::elf_core(memory, {.headers_at = 64, .notes = test::elf_note("QEMU", std::string(440, '\1'))}),
        test::elf_core(std::vector<test::ElfSegment>{{.address = 0x1000, .data = std::string(5000, 'x')},
                                                     {.address = 0x2000, .data = std::string(4096, 'y')},
                                                     {.address = 0x10000, .data = "z", .announced = 1 << 20}}),
        flat(whole, 1500),
    };
}

}  // namespace

extern const Target kElf;
const Target kElf{"elf", 64 << 10, run, seeds};

}  // namespace kstrax::fuzz
