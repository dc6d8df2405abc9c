// SPDX-License-Identifier: GPL-2.0-or-later
// Rings in memory of which nothing is left but their pages: no anchor, and frame lists
// in part or not at all.
#pragma once

#include <string>
#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"
#include "analyzer/memory/memory_source.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

struct CarveRequest {
    /// Frame lists, as far as a scan has seen some: they name CPUs and the order of pages.
    const PageScan* scan = nullptr;
    std::string kernel_release;  ///< empty: not known
    std::uint16_t machine = 0;   ///< ELF's number, where the image does not say it but something else does
};

/// The recordings, the newest first. Each says in its provenance that it is carved and what
/// that rests on, and in its damage what could not be decided: a carved recording is never
/// free of damage. Clocks, host, panic and losses by cause are not known.
///
/// Looks at all of memory twice, at the pages of rings a few times more. Memory grows with
/// the pages that look like a ring's, up to a bound. Fails with NotFound if there are none.
/// `source` must outlive the recordings.
[[nodiscard]] Result<std::vector<Recording>> carve(const MemorySource& source, const CarveRequest& request);

}  // namespace kstrax
