// SPDX-License-Identifier: GPL-2.0-or-later
// What frame lists say of pages when no anchor says which of them to believe.
#pragma once

#include "analyzer/importers/kstrax_memory/carve/carve_link.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"

namespace kstrax {

/// The pages that all sound lists name, each list proved by its own address and CRC. How large
/// the pages are that it numbers, only an anchor would say: what agrees best with where `runs`
/// were found. Of a page that two lists name, the one that lies first is believed.
/// Precondition: runs ascend by page.
[[nodiscard]] KnownPages known_pages(const MemorySource& source, const PageScan& scan,
                                     const std::vector<EntryRun>& runs);

}  // namespace kstrax
