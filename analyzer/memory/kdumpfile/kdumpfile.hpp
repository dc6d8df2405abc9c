// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever libkdumpfile can read, through it: old formats that nobody writes any more.
#pragma once

#include "analyzer/memory/formats.hpp"

namespace kstrax {

/// Opens any file through libkdumpfile, whether or not we can read it ourselves:
/// for formats of its own, and for holding our readers against it.
[[nodiscard]] SourceResult open_through_kdumpfile(const MappedFilePtr& file);

}  // namespace kstrax
