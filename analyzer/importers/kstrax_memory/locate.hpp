// SPDX-License-Identifier: GPL-2.0-or-later
// From a memory image to the recordings in it.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/importers/kstrax_memory/rings/anchor.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// What became of one way to a recording.
struct WayTold {
    std::string_view way;
    std::string said;                    ///< bytes from the dump may be in it
    std::optional<double> milliseconds;  ///< none if it was not gone
};

struct Located {
    PageScan scan;
    bool scanned = false;               ///< scan is of all memory
    std::string found_by;               ///< "page scan": how the anchors were found
    std::vector<Anchor> anchors;        ///< usable ones, newest recording first
    std::vector<std::string> rejected;  ///< candidates that are none, a sentence each
    std::vector<WayTold> story;         ///< in the order of the ways
};

/// Scans all pages for anchors and checks each.
[[nodiscard]] Located locate_anchors(const MemorySource& source);

/// Looks for an anchor where `found_by` (a symbol, say) has it.
[[nodiscard]] Located locate_anchor_at(const MemorySource& source, PhysAddr at, std::string found_by);

/// Opens the recording behind an anchor. What is missing of it is said in its
/// `damage`; `source` must outlive it. Reads every page that a report will need
/// but those of the rings. Scans memory only where a chain of frame lists is broken.
/// With `tables`, the rings' pages are found through the kernel's page tables alone.
[[nodiscard]] Recording open_recording(const MemorySource& source, const Located& located, const Anchor& anchor,
                                       KernelSpace* tables = nullptr);

/// The kernel's VMCOREINFO: the source's own, else as it stands in memory; empty if nowhere.
[[nodiscard]] std::string find_vmcoreinfo(const MemorySource& source, const PageScan& scan);

}  // namespace kstrax
