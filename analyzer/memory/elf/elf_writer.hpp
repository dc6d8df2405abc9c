// SPDX-License-Identifier: GPL-2.0-or-later
// A small ELF core made from some pages of another memory image.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "analyzer/base/output.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Writes the pages (frame numbers of kSmallestPage bytes, ascending, each once) and a
/// VMCOREINFO note (if not empty). `machine`: ELF's e_machine; that of a 32-bit machine gets 32-bit headers, as
/// its tools expect. False where these cannot name the pages (PAE, above 4 GiB): it has 64-bit ones. Does not commit.
[[nodiscard]] Result<bool> write_elf_core(const MemorySource& source, std::span<const std::uint64_t> pages,
                                          std::string_view vmcoreinfo, std::uint16_t machine, Output& output);

}  // namespace kstrax
