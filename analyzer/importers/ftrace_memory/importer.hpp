// SPDX-License-Identifier: GPL-2.0-or-later
// A memory image as an input: the rings of the kernel's own tracing in it. What they hold of system calls is a recording.
#pragma once

#include "analyzer/importers/importer.hpp"

namespace kstrax {

extern const Importer kFtraceMemoryImporter;

}  // namespace kstrax
