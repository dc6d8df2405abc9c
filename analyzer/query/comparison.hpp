// SPDX-License-Identifier: GPL-2.0-or-later
// A field, an operator and values made one question. What values mean, and which
// operators go with them, is the field's kind to say.
#pragma once

#include <span>

#include "analyzer/query/expression.hpp"

namespace kstrax {

/// `values`: one at least; Less and its like take exactly one. An error's quote has the place of
/// the value at fault, and no text.
[[nodiscard]] Result<Expression::Node> make_comparison(const FieldInfo& field, Comparison comparison,
                                                       std::span<const Word> values);

/// "no system call or class 'raed'; did you mean 'read'?"
[[nodiscard]] std::string no_such_call(std::string_view name);

}  // namespace kstrax
