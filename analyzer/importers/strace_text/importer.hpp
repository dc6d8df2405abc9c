// SPDX-License-Identifier: GPL-2.0-or-later
// What strace has printed into a file as an input: its calls, with their arguments as text.
#pragma once

#include "analyzer/importers/importer.hpp"

namespace kstrax {

extern const Importer kStraceTextImporter;

}  // namespace kstrax
