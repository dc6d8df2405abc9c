// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever libkdumpfile can read, through it: old formats that nobody writes any more.
#pragma once

#include "analyzer/memory/formats.hpp"

namespace kstrax {

/// Whether the first bytes are those of a file that libkdumpfile alone reads.
[[nodiscard]] bool is_for_kdumpfile(const MappedFile& file);
/// Opens what reading such a file needs beside it, the library and a file of /proc: where nothing can be opened later.
void prepare_kdumpfile();

/// Opens any file through libkdumpfile, whether or not we can read it ourselves:
/// for formats of its own, and for holding our readers against it.
[[nodiscard]] SourceResult open_through_kdumpfile(const MappedFilePtr& file);

}  // namespace kstrax
