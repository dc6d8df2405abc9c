// SPDX-License-Identifier: GPL-2.0-or-later
// Memory as an ELF core, sound or not.
#pragma once

#include <elf.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/memory.hpp"

namespace kstrax::test {

struct ElfSegment {
    std::uint32_t type = PT_LOAD;
    std::uint64_t address = 0;
    std::string data = {};
    std::optional<std::uint64_t> announced = std::nullopt;  // p_filesz, where it is not data.size()
    std::uint64_t virt = 0;                                 // p_vaddr
};

struct ElfForm {
    std::string vmcoreinfo = {};
    bool many_headers = false;  // the count in section 0 (PN_XNUM)
    std::uint16_t machine = EM_X86_64;
    std::uint64_t headers_at = 192;  // as QEMU puts them
    std::uint8_t bits = 64;          // the class of the file, not of the machine
    std::string notes = {};          // before VMCOREINFO
    /// A page's p_vaddr; none: 0, as QEMU has it.
    std::function<std::uint64_t(PhysAddr)> virt = nullptr;
};

/// A note: its name with NUL, and its descriptor.
[[nodiscard]] std::string elf_note(std::string_view name, std::string_view descriptor, std::uint32_t type = 0);
[[nodiscard]] std::string elf_core(const std::vector<ElfSegment>& segments, const ElfForm& form = {});
/// One PT_LOAD for each run of pages.
[[nodiscard]] std::string elf_core(const Memory& memory, const ElfForm& form = {});

}  // namespace kstrax::test
