// SPDX-License-Identifier: GPL-2.0-or-later
// The records of a buffer file, filled in and sealed.
#pragma once

#include <vector>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax/from_abi.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

/// Fills in the CRC over all fields before it.
template <typename T>
void seal(T& record) {
    record.crc = crc32(bytes_of(record).first(offsetof(T, crc)));
}

/// What the heads of a set's files have in common.
struct SetHead {
    kstrax_facts facts{};
    kstrax_clock clock{};
    std::optional<kstrax_filter> filter;  ///< what was recorded, where that is known
    std::uint32_t files = 1;              ///< how many the set has, which is 1 + the last CPU with a ring
};
/// What a file begins with: the header, and what else is known of the recording.
[[nodiscard]] std::vector<std::byte> file_head(const SetHead& set, CpuId cpu, std::uint64_t start_position = 0);

/// What stands before a run's slots. Precondition: run.count > 0.
[[nodiscard]] kstrax_chunk chunk_record(const SlotRun& run);

}  // namespace kstrax
