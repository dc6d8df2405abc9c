// SPDX-License-Identifier: GPL-2.0-or-later
// A script's rings as kstrax_buf leaves them in memory: the anchor with its
// descriptors, frame lists, and ring pages at scattered frames.
#pragma once

#include <vector>

#include "tests/support/memory.hpp"
#include "tests/support/rings/kernel_image.hpp"
#include "tests/support/rings/script.hpp"

namespace kstrax::test {

/// Where the parts lie, for tests that damage them.
struct RingPlaces {
    struct Cpu {
        PhysAddr descriptor;
        std::vector<PhysAddr> lists;
        std::vector<PhysAddr> pages;
    };
    PhysAddr anchor;
    std::vector<Cpu> cpus;
    std::uint64_t page_size = 0;
    std::uint64_t entry_size = 0;

    /// The address of a byte of a slot (slots straddle pages).
    [[nodiscard]] PhysAddr slot_byte(std::size_t cpu, std::uint64_t slot, std::uint64_t byte = 0) const;
};

/// Puts one recording into memory; several may lie in one.
[[nodiscard]] RingPlaces place_rings(const Script& script, Memory& memory);

/// Makes the CRC right again after a change. A list that says it is longer than
/// its page is left alone.
void seal_anchor(Memory& memory, PhysAddr anchor);
void seal_list(Memory& memory, PhysAddr list, std::uint64_t header_size = sizeof(kstrax_frames));

/// A field's address, so that tests can say what they change.
#define KSTRAX_TEST_AT(place, type, member) ((place) + offsetof(type, member))

/// One recording in a memory of its own, and the kernel that the script asks for.
struct RingImage {
    /// `frames`: the machine's memory; a kernel has what it needs.
    explicit RingImage(std::string_view script_text, std::uint64_t frames = 512);

    Script script;
    Memory memory;
    RingPlaces places;
    MachineFacts machine;  // what a dump says beside its memory
};

}  // namespace kstrax::test
