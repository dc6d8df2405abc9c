// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

/// The function that the instruction before an address calls. None where that is no direct call, or not there.
[[nodiscard]] std::optional<std::uint64_t> called_before(KernelReader& memory, std::uint64_t behind);

}  // namespace kstrax
