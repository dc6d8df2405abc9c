// SPDX-License-Identifier: GPL-2.0-or-later
// A trace.dat file as an input: what its rings hold of system calls, and its other events, are a recording.
#pragma once

#include "analyzer/importers/importer.hpp"

namespace kstrax {

extern const Importer kTraceDatImporter;

}  // namespace kstrax
