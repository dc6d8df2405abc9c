// SPDX-License-Identifier: GPL-2.0-or-later
// What sinks of values have in common.
#pragma once

#include "analyzer/sinks/numbers.hpp"
#include "analyzer/sinks/value.hpp"

namespace kstrax {

/// One visitor from several functions.
template <typename... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
/// The compiler's own guide, for clang before 17.
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// 12.34
inline void append_hundredths(TextBuffer& out, Hundredths value) {
    append_number(out, value.hundredths / 100);
    out.push_back('.');
    out.append({two_digits(value.hundredths % 100), 2});
}

inline void append_words(TextBuffer& out, Words value, std::string_view before, std::string_view between,
                         std::string_view after) {
    bool first = true;
    for (const std::uint64_t word : value.words) {
        append(out, first ? before : between);
        first = false;
        append_hex(out, word);
    }
    if (!first) append(out, after);
}

}  // namespace kstrax
