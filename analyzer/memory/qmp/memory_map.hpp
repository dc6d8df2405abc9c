// SPDX-License-Identifier: GPL-2.0-or-later
// Where a guest's memory lies physically, by QEMU's own map of it ("info mtree -f").
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/base/types.hpp"

namespace kstrax {

/// Physical [start, start + size), which are bytes of a memory backend from `offset` on.
struct GuestRange {
    PhysAddr start;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

/// The ranges of the machine's memory that are of the backend of this name, ascending; empty if the text has none.
/// Whatever a processor sees elsewhere (system management mode) is not the machine's.
[[nodiscard]] std::vector<GuestRange> ranges_of_backend(std::string_view map, std::string_view backend);

}  // namespace kstrax
