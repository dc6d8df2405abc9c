// SPDX-License-Identifier: GPL-2.0-or-later
// The anchor: what it says, and how far that is proved.
#pragma once

#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/base/types.hpp"
#include "analyzer/importers/kstrax/from_abi.hpp"
#include "analyzer/memory/memory_source.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

struct Anchor {
    PhysAddr at;
    kstrax_anchor block{};
    bool crc_ok = false;
};

/// Reads and checks a candidate. Fails with NotFound where it is not an anchor
/// but a copy of one (its own address is another), with Corrupt where its
/// fields make no sense. A wrong CRC alone is no failure: see crc_ok.
[[nodiscard]] Result<Anchor> read_anchor(const MemorySource& source, PhysAddr at);

/// The descriptor of `cpu`. Precondition: cpu < possible_cpus.
[[nodiscard]] Result<kstrax_cpu> read_cpu(const MemorySource& source, const Anchor& anchor, CpuId cpu);

/// When the clock was set; of a recorder that does not say, or where it cannot be read: not watched.
[[nodiscard]] ClockSteps read_clock(const MemorySource& source, const Anchor& anchor);

}  // namespace kstrax
