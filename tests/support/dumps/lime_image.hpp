// SPDX-License-Identifier: GPL-2.0-or-later
// Memory as LiME saves it.
#pragma once

#include <string>
#include <vector>

#include "tests/support/memory.hpp"

namespace kstrax::test {

/// A range's header and its bytes.
[[nodiscard]] std::string lime_range(std::uint64_t first, std::string_view bytes);
/// One range for each run of pages.
[[nodiscard]] std::string lime_image(const Memory& memory);

}  // namespace kstrax::test
