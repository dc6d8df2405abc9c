// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel around a script's rings: page tables that map them at vmalloc
// addresses, VMCOREINFO, and whatever else a reader finds its way by. What the
// three architectures' kernels leave there is held against real ones in
// tests/unit/generated/generator_test.cpp.
#pragma once

#include <optional>
#include <string>

#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/kernel/page_tables.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/rings/script.hpp"

namespace kstrax::test {

struct RingPlaces;
struct KernelRow;

/// What a dump says of a machine beside its memory.
struct MachineFacts {
    ElfForm elf;
    std::string name;  // as uname has it
    std::uint8_t word_size = 8;
    PhysAddr root;        // of the page tables
    std::string symbols;  // System.map
};

/// How many page frames the script's kernel needs; 0 if it asks for none.
[[nodiscard]] std::uint64_t frames_of_kernel(const Script& script);

/// Does nothing where the script names no page tables.
class Kernel {
  public:
    /// Puts the image into memory, and chooses where the rings will be mapped. Before anything else.
    Kernel(Script& script, Memory& memory);

    /// Maps the rings once they are there.
    void place(const RingPlaces& places);

    [[nodiscard]] const MachineFacts& facts() const { return facts_; }

  private:
    void map_memory();
    void describe();

    Script& script_;
    Memory& memory_;
    const KernelRow* row_ = nullptr;
    std::uint64_t image_ = 0;   // virtual address of the image's start
    std::uint64_t direct_ = 0;  // of physical 0
    std::uint64_t load_ = 0;    // physical address of the image's start
    std::optional<TableBuilder> tables_;
    MachineFacts facts_;
};

}  // namespace kstrax::test
