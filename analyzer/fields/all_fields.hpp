// SPDX-License-Identifier: GPL-2.0-or-later
// The fields of calls and of records together, as filters number them.
#pragma once

#include "analyzer/fields/call_fields.hpp"
#include "analyzer/fields/field.hpp"
#include "analyzer/fields/record_fields.hpp"

namespace kstrax {

namespace fields_detail {

constexpr bool is_of_calls(std::string_view name) {
    return std::ranges::any_of(kFieldsOfCalls, [&](const auto& field) { return field.line.column.name == name; });
}

/// Hands over what filters know: the fields of calls, and those that only records have.
constexpr void each_asked(auto&& take) {
    for (const auto& field : kFieldsOfCalls)
        if (field.is_in(kAsked)) take(field);
    for (const auto& field : kFieldsOfRecords)
        if (field.is_in(kAsked) && !is_of_calls(field.line.column.name)) take(field);
}

constexpr std::size_t count_asked() {
    std::size_t count = 0;
    each_asked([&](const auto&) { ++count; });
    return count;
}

}  // namespace fields_detail

inline constexpr auto kFieldInfos = [] {
    std::array<FieldInfo, fields_detail::count_asked()> infos{};
    std::size_t at = 0;
    fields_detail::each_asked([&](const auto& field) {
        const auto& column = field.line.column;
        infos[at] = {column.name, FieldId(at), column.kind, column.meaning, field.words};
        ++at;
    });
    return infos;
}();
static_assert(kFieldInfos.size() <= kMostFields);

/// The number of a field that must be there.
[[nodiscard]] constexpr FieldId field_id(std::string_view name) {
    return std::ranges::find(kFieldInfos, name, &FieldInfo::name)->id;
}

/// Those of a table of fields that filters may ask for.
template <typename Fields>
[[nodiscard]] constexpr FieldSet asked_of(const Fields& fields) {
    FieldSet set;
    for (const auto& field : fields)
        if (field.is_in(kAsked)) set.add(field_id(field.line.column.name));
    return set;
}

inline constexpr FieldSet kCallFields = asked_of(kFieldsOfCalls);
inline constexpr FieldSet kRecordFields = asked_of(kFieldsOfRecords);

}  // namespace kstrax
