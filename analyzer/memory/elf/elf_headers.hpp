// SPDX-License-Identifier: GPL-2.0-or-later
// What the headers of an ELF core say, of either class: where which memory lies
// in the file. Layout: the System V ABI's, by <elf.h>.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// A file that is looked at part by part.
struct FileParts {
    std::uint64_t size = 0;
    /// Bytes [offset, offset + size), valid until the next call; none if they cannot be had.
    std::function<std::optional<Bytes>(std::uint64_t offset, std::uint64_t size)> at;
};

/// A PT_LOAD segment.
struct ElfLoad {
    PhysAddr phys;
    VirtAddr virt;
    std::uint64_t offset = 0;     ///< in the file
    std::uint64_t present = 0;    ///< bytes that the file has of it
    std::uint64_t announced = 0;  ///< p_filesz
    std::uint64_t size = 0;       ///< p_memsz
};

struct ElfHeaders {
    std::string_view format;  ///< "ELF64 core"
    std::uint16_t machine = 0;
    bool incomplete = false;  ///< says makedumpfile
    std::vector<ElfLoad> loads;
    std::vector<Note> notes;
};

/// Fails with NotMine for what is not ELF; a core without a PT_LOAD is Corrupt.
[[nodiscard]] Result<ElfHeaders> read_elf_headers(const FileParts& file);

}  // namespace kstrax
