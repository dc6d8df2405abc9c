// SPDX-License-Identifier: GPL-2.0-or-later
// The arguments of a call in text, as strace writes them, and our reports those that they have of it.
#pragma once

#include <optional>
#include <string_view>

namespace kstrax {

/// A string among the arguments: its bytes as they stand there, without quotes.
struct QuotedText {
    std::string_view escaped;
    bool cut = false;  ///< not all of it was printed
};
/// `number`: from 0. None where that argument is no string, or its address alone was printed.
[[nodiscard]] std::optional<QuotedText> quoted_argument(std::string_view arguments, unsigned number);

}  // namespace kstrax
