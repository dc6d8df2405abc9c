// SPDX-License-Identifier: GPL-2.0-or-later
// The records of a buffer file, filled in and sealed.
#pragma once

#include <vector>

#include "analyzer/base/crc32.hpp"
#include "analyzer/recording/recording.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

/// Fills in the CRC over all fields before it.
template <typename T>
void seal(T& record) {
    record.crc = crc32(bytes_of(record).first(offsetof(T, crc)));
}

/// What a file begins with: the header and, where it is known, what was recorded.
[[nodiscard]] std::vector<std::byte> file_head(const kstrax_facts& facts, CpuId cpu, const kstrax_filter* filter,
                                               std::uint64_t start_position = 0);

[[nodiscard]] kstrax_file_filter filter_record(const kstrax_filter& filter);

/// What stands before a run's slots. Precondition: run.count > 0.
[[nodiscard]] kstrax_chunk chunk_record(const SlotRun& run);

}  // namespace kstrax
