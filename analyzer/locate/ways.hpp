// SPDX-License-Identifier: GPL-2.0-or-later
// The ways to a recording, in a table, cheapest first; and the story of how one was found.
#pragma once

#include "analyzer/locate/locate.hpp"

namespace kstrax {

struct LocateOptions {
    /// Search all of memory, so that older recordings, too, are found: what the kernel itself
    /// knows of its modules leads to one alone.
    bool search = false;
};

/// Finds the recordings in memory. Where a search is cheap it is made; where it is costly (see
/// MemorySource::costly_to_scan, above 1 GiB, and in live memory), a recording that the kernel leads to, and that
/// proves itself whole, makes it needless. Every way has its row in `story`.
[[nodiscard]] Located locate(const MemorySource& source, const LocateOptions& options = {});

}  // namespace kstrax
