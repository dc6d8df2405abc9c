// SPDX-License-Identifier: GPL-2.0-or-later
// The records of a buffer file, filled in and sealed.
#pragma once

#include "analyzer/base/crc32.hpp"
#include "analyzer/recording/recording.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

/// Fills in the CRC over all fields before it.
template <typename T>
void seal(T& record) {
    record.crc = crc32(bytes_of(record).first(offsetof(T, crc)));
}

[[nodiscard]] kstrax_file_header header_record(const kstrax_facts& facts, CpuId cpu, std::uint64_t start_position = 0);

/// What stands before a run's slots. Precondition: run.count > 0.
[[nodiscard]] kstrax_chunk chunk_record(const SlotRun& run);

}  // namespace kstrax
