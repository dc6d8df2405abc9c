// SPDX-License-Identifier: GPL-2.0-or-later
// Memory as an ELF64 core, sound or not.
#pragma once

#include <elf.h>

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
};

struct ElfForm {
    std::string vmcoreinfo = {};
    bool many_headers = false;  // the count in section 0 (PN_XNUM)
    std::uint16_t machine = EM_X86_64;
    std::uint64_t headers_at = 192;  // as QEMU puts them
};

/// A note: its name with NUL, and its descriptor.
[[nodiscard]] std::string elf_note(std::string_view name, std::string_view descriptor);
[[nodiscard]] std::string elf_core(const std::vector<ElfSegment>& segments, const ElfForm& form = {});
/// One PT_LOAD for each run of pages.
[[nodiscard]] std::string elf_core(const Memory& memory, const ElfForm& form = {});

}  // namespace kstrax::test
