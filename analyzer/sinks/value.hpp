// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of typed values, and the machine-readable formats that print any of them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "analyzer/sinks/escape.hpp"

namespace kstrax {

/// Absent: null in JSONL, an empty field in CSV.
struct Absent {};
/// TextBuffer of our own tables: printable ASCII.
struct Name {
    std::string_view text;
};
/// TextBuffer from a dump.
struct Untrusted {
    std::string_view bytes;
};
/// Machine words, shown in hexadecimal: a JSON array of strings, in CSV with spaces between.
struct Words {
    std::span<const std::uint64_t> words;
};

using Value = std::variant<Absent, std::uint64_t, std::int64_t, Name, Untrusted, Words>;

template <typename Row>
struct Column {
    std::string_view name;
    Value (*get)(const Row& row);
    /// For `kstrax-dump fields`. A filter's field of this name tells both, where there is one (find_field).
    std::string_view type = {};
    std::string_view meaning = {};
};

/// A column without its rows.
struct ColumnInfo {
    std::string_view name;
    std::string_view type;
    std::string_view meaning;
};

template <typename Columns>
[[nodiscard]] std::vector<ColumnInfo> infos_of(const Columns& columns) {
    std::vector<ColumnInfo> infos;
    for (const auto& column : columns) infos.push_back({column.name, column.type, column.meaning});
    return infos;
}

/// An integer beyond ±2^53 is a string.
void append_json_value(TextBuffer& out, const Value& value);
void append_csv_value(TextBuffer& out, const Value& value);

/// "name":value,… without braces, so that an object can hold more.
template <typename Row>
void append_json_members(TextBuffer& out, std::span<const Column<Row>> columns, const Row& row) {
    bool first = true;
    for (const Column<Row>& column : columns) {
        if (!first) out.push_back(',');
        first = false;
        append_json_string(out, column.name);
        out.push_back(':');
        append_json_value(out, column.get(row));
    }
}

template <typename Row>
void append_jsonl(TextBuffer& out, std::span<const Column<Row>> columns, const Row& row) {
    out.push_back('{');
    append_json_members(out, columns, row);
    append(out, "}\n");
}

template <typename Row>
void append_csv(TextBuffer& out, std::span<const Column<Row>> columns, const Row& row) {
    bool first = true;
    for (const Column<Row>& column : columns) {
        if (!first) out.push_back(',');
        first = false;
        append_csv_value(out, column.get(row));
    }
    out.push_back('\n');
}

template <typename Row>
void append_csv_heading(TextBuffer& out, std::span<const Column<Row>> columns) {
    bool first = true;
    for (const Column<Row>& column : columns) {
        if (!first) out.push_back(',');
        first = false;
        append(out, column.name);
    }
    out.push_back('\n');
}

}  // namespace kstrax
