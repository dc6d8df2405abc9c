// SPDX-License-Identifier: GPL-2.0-or-later
// The notes of a dump file alone, for a program that has its memory open by other means.
#pragma once

#include <string>
#include <vector>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Of an ELF core or a kdump-compressed file, flattened or not; empty where the file has none or is of another format.
[[nodiscard]] std::vector<Note> notes_of_dump(const std::string& path);

}  // namespace kstrax
