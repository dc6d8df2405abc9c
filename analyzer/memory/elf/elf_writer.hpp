// SPDX-License-Identifier: GPL-2.0-or-later
// A small ELF64 core made from some pages of another memory image.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "analyzer/base/output.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Writes the pages (frame numbers of kSmallestPage bytes, ascending, each once) and a
/// VMCOREINFO note (if not empty). `machine`: ELF's e_machine. Does not commit.
[[nodiscard]] Result<void> write_elf_core(const MemorySource& source, std::span<const std::uint64_t> pages,
                                          std::string_view vmcoreinfo, std::uint16_t machine, Output& output);

}  // namespace kstrax
