// SPDX-License-Identifier: GPL-2.0-or-later
// What is the same of every recording that the kernel's own tracing has made, wherever its rings lie.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// Text of an input that becomes a report's own words: names of events, of instances, of clocks.
[[nodiscard]] std::string printable(std::string_view text);

/// What its events tell of a call beside its number, six arguments and its result.
struct TraceTells {
    bool abi = false;      ///< by which it was made
    bool process = false;  ///< of its thread
};

/// What is known of a call. `architecture`: null where it is not known.
[[nodiscard]] Layout layout_of_trace(const Architecture* architecture, std::uint8_t word_size, TraceTells tells);

/// Says on which machine it was recorded, and what that kind of recording never tells.
void describe_trace(Recording& recording, const Architecture* architecture, std::uint8_t word_size, TraceTells tells);

}  // namespace kstrax
