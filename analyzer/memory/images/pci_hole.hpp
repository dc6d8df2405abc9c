// SPDX-License-Identifier: GPL-2.0-or-later
// A PC with more than some 3 GiB of memory has the rest of it above 4 GiB: below is
// room for devices. A file of such memory alone (QEMU's memory backend) has no hole.
#pragma once

#include <cstdint>
#include <optional>

#include "analyzer/base/bytes.hpp"

namespace kstrax {

/// How much of the memory in `image` lies below the hole, by what the firmware left in
/// it: its ACPI tables stand at the end of that memory. None if it has no such tables,
/// no memory behind them, or has the hole as well.
[[nodiscard]] std::optional<std::uint64_t> memory_below_hole(Bytes image);

}  // namespace kstrax
