// SPDX-License-Identifier: GPL-2.0-or-later
// What a dump says of its machine beside the memory itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/base/types.hpp"

namespace kstrax {

/// Memory that the dump's writer saw mapped: [virt, virt + size).
struct Segment {
    VirtAddr virt;
    PhysAddr phys;
    std::uint64_t size = 0;
};

/// An ELF note as the dump stores it: facts about the machine from the writer of the dump.
struct Note {
    std::string name;
    std::uint32_t type = 0;
    std::vector<std::byte> descriptor;
};

}  // namespace kstrax
