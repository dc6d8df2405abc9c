// SPDX-License-Identifier: GPL-2.0-or-later
// UTF-8, and what of it may reach a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kstrax {

struct CodePoint {
    std::uint32_t value;
    std::size_t length;  ///< bytes taken
    bool valid;
};

/// The code point that `bytes`, which are not empty, begin with; U+FFFD, and not valid, for one byte that begins none.
/// Over-long forms, surrogates and values above U+10FFFF are none (RFC 3629).
[[nodiscard]] CodePoint next_code_point(std::string_view bytes);

/// One line that holds text of anybody's, made safe to show: a message, a comment. UTF-8 stays as it is, so that people
/// can read the names of their files. These become \xNN, byte by byte: what is not UTF-8, control characters (C0, DEL,
/// C1), marks of a direction, which show text in another order than it has, and other ends of lines.
[[nodiscard]] std::string plain_text(std::string_view bytes);

}  // namespace kstrax
