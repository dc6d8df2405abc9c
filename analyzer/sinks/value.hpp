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

using Value = std::variant<Absent, std::uint64_t, std::int64_t, Name, Untrusted, Words>;

template <typename Row>
struct Column {
    std::string_view name;
    Value (*get)(const Row& row);
    /// For `kstrax-dump fields`. If a filter has a field of this name, its type and meaning count (find_field).
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
    infos.reserve(columns.size());
    for (const auto& column : columns) infos.push_back({column.name, column.type, column.meaning});
    return infos;
}

}  // namespace kstrax
