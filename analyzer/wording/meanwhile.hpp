// SPDX-License-Identifier: GPL-2.0-or-later
// What a running machine did to its rings while they were read.
#pragma once

#include <optional>
#include <span>

#include "analyzer/sinks/text_buffer.hpp"
#include "analyzer/trace/record_reader.hpp"

namespace kstrax {

struct Meanwhile {
    std::uint64_t written = 0;      ///< records, since the rings were opened
    std::uint64_t overwritten = 0;  ///< by these, before they could be read
};

/// None for a recording that stays as it is. `cpus`: as the reading showed them.
[[nodiscard]] std::optional<Meanwhile> meanwhile_of(const Recording& recording, std::span<const CpuTrust> cpus);

/// "while it was read, 12 records were written and 3 overwritten"
[[nodiscard]] std::string meanwhile_sentence(const Meanwhile& meanwhile);

}  // namespace kstrax
