// SPDX-License-Identifier: GPL-2.0-or-later
// An expression's text cut into operators, words and quoted strings. What a word
// means (a field, a number, a time) is for those who know what stands before it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/result.hpp"

namespace kstrax {

enum class TokenKind : std::uint8_t {
    Word,
    String,
    And,
    Or,
    Not,
    In,
    Open,
    Close,
    Comma,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    Unlike,
    End,
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::string text;    ///< of a String: its bytes, without quotes and escapes
    std::size_t at = 0;  ///< where it begins
};

/// The last token is End. Errors are Usage, with the text and the place as quote.
[[nodiscard]] Result<std::vector<Token>> tokens_of(std::string_view text);

}  // namespace kstrax
