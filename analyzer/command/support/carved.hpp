// SPDX-License-Identifier: GPL-2.0-or-later
// A recording of which nothing leads to the rings: put together from their pages.
#pragma once

#include <optional>
#include <string>

#include "analyzer/command/support/dump_command.hpp"

namespace kstrax {

/// The recording that `instance` names ("carved-2"), or the newest; says on standard error if
/// there are others. `memory`: the input's, or a source over it; it must outlive the recording.
[[nodiscard]] Result<Recording> open_carved(const DumpInput& input, const MemorySource& memory,
                                            const std::optional<std::string>& instance);

}  // namespace kstrax
