// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sinks/value.hpp"

#include <utility>

#include "analyzer/sinks/numbers.hpp"

namespace kstrax {

namespace {

template <typename... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};

void append_number(TextBuffer& out, auto number) {
    const fmt::format_int digits(number);
    out.append({digits.data(), digits.size()});
}

/// Readers of JSON keep a number as a double, which rounds what lies beyond 2^53 without a word.
/// A string is kept as it is.
void append_json_number(TextBuffer& out, auto number) {
    constexpr auto kLargestExact = std::int64_t{1} << 53;
    const bool exact = std::cmp_less_equal(number, kLargestExact) && std::cmp_greater_equal(number, -kLargestExact);
    if (!exact) out.push_back('"');
    append_number(out, number);
    if (!exact) out.push_back('"');
}

void append_words(TextBuffer& out, Words value, std::string_view before, std::string_view between,
                  std::string_view after) {
    bool first = true;
    for (const std::uint64_t word : value.words) {
        append(out, first ? before : between);
        first = false;
        append_hex(out, word);
    }
    if (!first) append(out, after);
}

}  // namespace

void append_json_value(TextBuffer& out, const Value& value) {
    std::visit(Overloaded{
                   [&](Absent) { append(out, "null"); },
                   [&](std::uint64_t number) { append_json_number(out, number); },
                   [&](std::int64_t number) { append_json_number(out, number); },
                   [&](Name name) { append_json_string(out, name.text); },
                   [&](Untrusted text) { append_json_string(out, text.bytes); },
                   [&](Words words) {
                       if (words.words.empty()) append(out, "[]");
                       append_words(out, words, "[\"", "\",\"", "\"]");
                   },
               },
               value);
}

void append_csv_value(TextBuffer& out, const Value& value) {
    std::visit(Overloaded{
                   [&](Absent) {},
                   [&](std::uint64_t number) { append_number(out, number); },
                   [&](std::int64_t number) { append_number(out, number); },
                   [&](Name name) { append_csv_field(out, name.text); },
                   [&](Untrusted text) {
                       TextBuffer escaped;
                       append_c_escaped(escaped, text.bytes);
                       append_csv_field(out, {escaped.data(), escaped.size()});
                   },
                   [&](Words words) { append_words(out, words, "", " ", ""); },
               },
               value);
}

}  // namespace kstrax
