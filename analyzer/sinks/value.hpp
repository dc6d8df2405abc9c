// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of typed values, and the columns that they stand in.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "analyzer/sinks/escape.hpp"

namespace kstrax {

struct Absent {};
/// Text of our own tables: printable ASCII.
struct Name {
    std::string_view text;
};
/// Text from a dump.
struct Untrusted {
    std::string_view bytes;
};
/// Machine words, shown in hexadecimal.
struct Words {
    std::span<const std::uint64_t> words;
};

/// A share and the like: 1234 is 12.34.
struct Hundredths {
    std::uint64_t hundredths;
};

using Value = std::variant<Absent, std::uint64_t, std::int64_t, Name, Untrusted, Words, Hundredths>;

/// What a field's values look like in an expression and in a row.
enum class FieldKind : std::uint8_t {
    Number,       ///< 12, 0xc, -1
    Nanoseconds,  ///< a number, or one with a unit
    Duration,     ///< 10ms: the unit is not optional; nanoseconds in a row
    TimeOfDay,    ///< 03:21:29.5, and what it leaves open; nanoseconds since midnight in a row
    ErrorNumber,  ///< ENOENT, 2
    Call,         ///< openat, FILE; a name in a row
    Word,         ///< one of a few names
    Text,         ///< anything; bytes as recorded in a row
    Numbers,      ///< several; in rows alone
    Address,      ///< 0xffffffff81000000; in rows alone
    EventOwn,     ///< one of an event's own fields: a number or a text; in expressions alone
};

template <typename Row>
struct Column {
    std::string_view name;
    Value (*get)(const Row& row);
    FieldKind kind = FieldKind::Number;
    /// Empty: kind and meaning are those of the call's field of this name.
    std::string_view meaning = {};
};

/// A column without its rows.
struct ColumnInfo {
    std::string_view name;
    FieldKind kind = FieldKind::Number;
    std::string_view meaning = {};
};

template <typename Columns>
[[nodiscard]] std::vector<ColumnInfo> infos_of(const Columns& columns) {
    std::vector<ColumnInfo> infos;
    infos.reserve(columns.size());
    for (const auto& column : columns) infos.push_back({column.name, column.kind, column.meaning});
    return infos;
}

}  // namespace kstrax
