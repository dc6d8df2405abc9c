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

/// What is known of a call: six arguments, and, if it `tells_abi`, that and its process. `architecture`: null where it is not
/// known.
[[nodiscard]] Layout layout_of_trace(const Architecture* architecture, std::uint8_t word_size, bool tells_abi);

/// Says who recorded it and on which machine, and, if not `tells_abi`, what that kind of recording never tells.
void describe_trace(Recording& recording, const Architecture* architecture, std::uint8_t word_size, bool tells_abi);

}  // namespace kstrax
