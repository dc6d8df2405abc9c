// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings out of perf.data files: what perf record and perf trace record have taken of the kernel's trace events.
#pragma once

#include "analyzer/importers/importer.hpp"

namespace kstrax {

extern const Importer kPerfDataImporter;

}  // namespace kstrax
