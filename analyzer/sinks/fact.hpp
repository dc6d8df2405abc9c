// SPDX-License-Identifier: GPL-2.0-or-later
// What a report says besides its rows, for machines: values and texts with names, in objects and lists.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "analyzer/sinks/value.hpp"

namespace kstrax {

struct Fact;

struct FactObject {
    std::vector<Fact> members;
};
struct FactList {
    std::vector<Fact> members;  ///< without names
};

struct Fact {
    std::string_view name;  ///< of our own tables; empty in a list
    /// A Value here is a number or absent: texts are kept. They may hold bytes of a dump.
    std::variant<Value, std::string, FactObject, FactList> is;
};

[[nodiscard]] inline Fact text_fact(std::string_view name, std::string_view text) { return {name, std::string(text)}; }
[[nodiscard]] inline Fact number_fact(std::string_view name, std::optional<std::uint64_t> number) {
    return {name, number ? Value(*number) : Value(Absent{})};
}

/// A fact for each column of a row.
template <typename Row>
[[nodiscard]] FactObject facts_of(std::span<const Column<Row>> columns, const Row& row) {
    FactObject facts;
    for (const Column<Row>& column : columns) {
        const Value value = column.get(row);
        if (const auto* name = std::get_if<Name>(&value))
            facts.members.push_back({column.name, std::string(name->text)});
        else if (const auto* text = std::get_if<Untrusted>(&value))
            facts.members.push_back({column.name, std::string(text->bytes)});
        else facts.members.push_back({column.name, value});
    }
    return facts;
}

}  // namespace kstrax
