// SPDX-License-Identifier: GPL-2.0-or-later
// Patterns as a shell has them, but over all of a text: * is any bytes, also /.
#pragma once

#include <string_view>

namespace kstrax {

/// * any bytes, ? one byte, [a-z] one of these, [!a-z] one of the others, \ before a byte that
/// is to mean itself. A [ without its ] means itself. Cost: at most the product of the lengths.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace kstrax
