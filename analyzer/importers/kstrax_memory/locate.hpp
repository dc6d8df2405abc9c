// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the recordings in a memory image, and opens them.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/importers/kstrax_memory/rings/anchor.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// The module whose data lead to the anchor.
inline constexpr std::string_view kRecorderModule = "kstrax_buf";

/// The result of one step of the search.
struct WayTold {
    std::string_view way;
    std::string said;                    ///< may hold bytes from the dump
    std::optional<double> milliseconds;  ///< none if it was skipped
};

struct Located {
    PageScan scan;
    bool scanned = false;               ///< whether `scan` covers all memory
    std::string found_by;               ///< "page scan": how the anchors were found
    std::vector<Anchor> anchors;        ///< usable ones, newest recording first
    std::vector<std::string> rejected;  ///< one sentence for each candidate that is no usable anchor
    std::vector<WayTold> story;         ///< in the order of the steps
};

/// Scans all pages for anchors and checks each.
[[nodiscard]] Located locate_anchors(const MemorySource& source);

/// Checks the anchor at an address that `found_by` (a symbol, for example) gave.
[[nodiscard]] Located locate_anchor_at(const MemorySource& source, PhysAddr at, std::string found_by);

/// Opens the recording of an anchor. Its findings say which parts are missing; `source` must
/// outlive it. Reads every page that a report needs, except the pages of the rings. Scans
/// memory only if a chain of frame lists is broken. With `tables`, it finds the rings' pages
/// through the kernel's page tables alone.
[[nodiscard]] Recording open_recording(const MemorySource& source, const Located& located, const Anchor& anchor,
                                       KernelSpace* tables = nullptr);

/// The kernel's VMCOREINFO: from the source itself, else from memory; empty if there is none.
[[nodiscard]] std::string find_vmcoreinfo(const MemorySource& source, const PageScan& scan);

}  // namespace kstrax
