// SPDX-License-Identifier: GPL-2.0-or-later
// What filters may ask of the rows of one report of the kernel: its columns, and a few more by shorter names.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "analyzer/fields/call_fields.hpp"
#include "analyzer/query/filter.hpp"
#include "analyzer/sinks/value.hpp"

namespace kstrax {

namespace asked_detail {

/// Kind and meaning of a column that says none are those of the call's field of its name.
constexpr FieldKind kind_of_column(std::string_view name, FieldKind kind, std::string_view meaning) {
    if (!meaning.empty()) return kind;
    for (const auto& field : kFieldsOfCalls)
        if (field.line.column.name == name) return field.line.column.kind;
    return kind;
}

/// Not for constants: with -fsanitize=undefined, g++ takes no comparison of a function's address for one.
inline FieldInfo info_of_column(std::string_view name, FieldKind kind, std::string_view meaning, std::size_t place) {
    FieldInfo info{name, FieldId(place), kind_of_column(name, kind, meaning), meaning, nullptr};
    if (meaning.empty())
        for (const auto& field : kFieldsOfCalls)
            if (field.line.column.name == name) {
                info.meaning = field.line.column.meaning;
                info.words = field.words;
            }
    // What has no list of words is compared as a text.
    const bool as_text = info.kind == FieldKind::Address || (info.kind == FieldKind::Word && info.words == nullptr);
    if (as_text) info.kind = FieldKind::Text;
    return info;
}

}  // namespace asked_detail

template <typename Row, std::size_t kCount>
struct AskedTable {
    static_assert(kCount <= kMostFields);
    std::array<FieldInfo, kCount> infos{};
    std::array<Value (*)(const Row&), kCount> values{};
};

/// `kMore`: columns that no report shows. A list of numbers is not asked for.
template <typename Row, const auto& kColumns, const auto& kMore>
[[nodiscard]] auto asked_table() {
    constexpr auto kEach = [](auto&& take) {
        std::size_t place = 0;
        const auto offer = [&](const Column<Row>& column) {
            if (asked_detail::kind_of_column(column.name, column.kind, column.meaning) != FieldKind::Numbers)
                take(place++, column);
        };
        for (const Column<Row>& column : kColumns) offer(column);
        for (const Column<Row>& column : kMore) offer(column);
        return place;
    };
    AskedTable<Row, kEach([](std::size_t, const Column<Row>&) {})> table;
    kEach([&](std::size_t place, const Column<Row>& column) {
        table.infos[place] = asked_detail::info_of_column(column.name, column.kind, column.meaning, place);
        table.values[place] = column.get;
    });
    return table;
}

/// Conditions at work on rows of that report, which were parsed by its table.
template <typename Row>
class RowFilter {
  public:
    template <std::size_t kCount>
    RowFilter(const AskedTable<Row, kCount>& table, std::span<const Condition> conditions)
        : values_(table.values), conditions_(conditions) {
        for (const Condition& condition : conditions) asked_.add(condition.expression.fields());
    }

    [[nodiscard]] bool asks(FieldId field) const { return asked_.has(field); }
    [[nodiscard]] bool wants(const Row& row) {
        if (conditions_.empty()) return true;
        known_.clear();
        for (std::size_t i = 0; i < values_.size(); ++i)
            if (asked_.has(FieldId(i))) known_.set(FieldId(i), values_[i](row));
        const bool all = std::ranges::all_of(
            conditions_, [&](const Condition& condition) { return condition.expression.matches(known_); });
        left_out_ += all ? 0 : 1;
        return all;
    }
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  private:
    std::span<Value (*const)(const Row&)> values_;
    std::span<const Condition> conditions_;
    FieldSet asked_;
    QueryRow known_;
    std::uint64_t left_out_ = 0;
};

}  // namespace kstrax
