// SPDX-License-Identifier: GPL-2.0-or-later
// What frame lists say of pages when no anchor says which of them to believe.
#pragma once

#include "analyzer/locate/carve_link.hpp"
#include "analyzer/locate/page_scan.hpp"

namespace kstrax {

/// The pages that all sound lists name, each proved by its own address and CRC. Of a page
/// that two name, the list that lies first is believed: its content decides in the end.
[[nodiscard]] KnownPages known_pages(const MemorySource& source, const PageScan& scan);

}  // namespace kstrax
