// SPDX-License-Identifier: GPL-2.0-or-later
// All kinds of input, in the order in which importers are asked. Those of files stand apart: a debugger has its memory open,
// and loads none of what reads them.
#pragma once

#include <span>

#include "analyzer/importers/importer.hpp"

namespace kstrax {

[[nodiscard]] std::span<const Importer* const> file_importers();
/// The first that knows the files that were named; null: they may be a memory image. Precondition: no input.memory.
[[nodiscard]] const Importer* importer_of_files(const ImportInput& input);

[[nodiscard]] std::span<const Importer* const> memory_importers();
/// The first that knows a way into this memory: one takes any. Precondition: input.memory.
[[nodiscard]] const Importer& importer_of_memory(const ImportInput& input);

}  // namespace kstrax
