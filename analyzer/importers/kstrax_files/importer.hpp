// SPDX-License-Identifier: GPL-2.0-or-later
// Buffer files as an input.
#pragma once

#include "analyzer/importers/importer.hpp"

namespace kstrax {

extern const Importer kBufferFilesImporter;

}  // namespace kstrax
