// SPDX-License-Identifier: GPL-2.0-or-later
// The one way to a machine's memory, whatever it lies in.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyzer/memory/input_file.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// Memory, and what it was opened from.
struct OpenedMemory {
    std::string name;  ///< for messages: what the user called it
    std::unique_ptr<MemorySource> memory;
    std::vector<FileIdentity> files;  ///< never to be replaced by an output
};

/// Opens the memory image of any known format in the files of these names: one, or
/// all of a set (a split dump) in any order. Errors begin with a file's name.
[[nodiscard]] Result<OpenedMemory> open_memory(std::span<const std::string> names);

/// Opens the files of these names, and looks at nothing in them. Errors begin with a file's name.
[[nodiscard]] Result<std::vector<InputFile>> examine_all(std::span<const std::string> names);

/// The same as open_memory() for files that are open.
[[nodiscard]] Result<OpenedMemory> open_memory(std::span<const InputFile> files);

/// The same for one mapped file.
[[nodiscard]] Result<std::unique_ptr<MemorySource>> open_memory_source(const MappedFilePtr& file);

}  // namespace kstrax
