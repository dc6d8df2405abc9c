// SPDX-License-Identifier: GPL-2.0-or-later
// The notes of an ELF core, which kdump-compressed dumps carry along as they are.
#pragma once

#include <string_view>
#include <vector>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Takes a PT_NOTE segment apart; stops, without complaint, where it makes no
/// sense. The header of a note is the same in both classes of ELF.
[[nodiscard]] std::vector<Note> parse_notes(Bytes segment);

/// The text of the VMCOREINFO note; empty if there is none.
[[nodiscard]] std::string_view vmcoreinfo_of(std::span<const Note> notes);

/// What that text gives as the size of the kernel's pages, if it is one; else the smallest there is.
[[nodiscard]] std::uint64_t page_size_of(std::string_view vmcoreinfo);

}  // namespace kstrax
