// SPDX-License-Identifier: GPL-2.0-or-later
// The inputs of one target in one file, compressed together: hundreds of small files, most of them much alike.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kstrax::fuzz {

/// In the order that they were packed in. Empty where there is no such file. Throws where it cannot be read.
[[nodiscard]] std::vector<std::string> read_pack(const std::filesystem::path& file);

/// All files of a folder, by name.
void write_pack(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace kstrax::fuzz
