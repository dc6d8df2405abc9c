// SPDX-License-Identifier: GPL-2.0-or-later
// A field of a call or a record is one row of a table (call_fields.hpp, record_fields.hpp). Filters,
// `kstrax-dump fields`, JSONL, CSV, the lines of text and the reader of these lines take it from there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/sinks/line_column.hpp"

namespace kstrax {

/// Where a field is: one bit each. In lines of text it is where its cell has a heading.
enum FieldPlace : std::uint8_t {
    kColumn = 1,         ///< of JSONL and CSV
    kTaskColumn = 2,     ///< of JSONL and CSV, where the report knows the dump's tasks
    kAsked = 4,          ///< by filters
    kInCall = 8,         ///< a part of what text shows as the call
    kFlightColumn = 16,  ///< of JSONL and CSV, of what is in flight
    kToldColumn = 32,    ///< of JSONL and CSV, of a recording in text
};

/// Lines of text: one bit each.
enum FieldLine : std::uint8_t {
    kManualLine = 1,  ///< as the recorder's manual has it
    kFullLine = 2,    ///< with more cells
    kNamedLine = 4,   ///< the same, where the report knows tasks
};

template <typename Row>
struct RowField {
    using RowType = Row;
    LineColumn<Row> line;
    unsigned places = kColumn | kAsked;
    /// What filters compare; null: the value that machines get.
    Value (*asked)(const Row& row) = nullptr;
    /// The names that a field of kind Word can have as value.
    std::vector<std::string_view> (*words)() = nullptr;
    /// What a line of text may have for it: the largest number, and whether - in place of a number or a time, or -1.
    std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    bool may_lack = false;
    bool may_be_minus_one = false;
    unsigned lines = kManualLine | kFullLine | kNamedLine;  ///< that its cell is in
    bool measures = false;                                  ///< rows are sorted with the greatest first

    [[nodiscard]] constexpr bool is_in(unsigned any_of) const { return (places & any_of) != 0; }
    [[nodiscard]] constexpr bool is_in_line(unsigned any_of) const {
        return !line.cell.heading.empty() && (lines & any_of) != 0;
    }
};

/// The columns of a table of fields that are in one of the places.
template <const auto& kFields, unsigned kPlaces>
[[nodiscard]] constexpr auto columns_in() {
    using Row = typename std::remove_cvref_t<decltype(kFields[0])>::RowType;
    constexpr auto kCount = std::ranges::count_if(kFields, [](const auto& field) { return field.is_in(kPlaces); });
    std::array<Column<Row>, kCount> columns{};
    auto* at = columns.begin();
    for (const auto& field : kFields)
        if (field.is_in(kPlaces)) *at++ = field.line.column;
    return columns;
}

/// Those that are in a line of text, as they stand there.
template <const auto& kFields, unsigned kLine = kManualLine>
[[nodiscard]] constexpr auto line_of() {
    using Row = typename std::remove_cvref_t<decltype(kFields[0])>::RowType;
    constexpr auto kCount = std::ranges::count_if(kFields, [](const auto& field) { return field.is_in_line(kLine); });
    std::array<LineColumn<Row>, kCount> line{};
    auto* at = line.begin();
    for (unsigned rank = 0; at != line.end(); ++rank)
        for (const auto& field : kFields)
            if (field.is_in_line(kLine) && field.line.cell.rank == rank) *at++ = field.line;
    return line;
}

/// The place of a field among all that filters know.
enum class FieldId : std::uint8_t {};
inline constexpr std::size_t kMostFields = 32;

/// A field as filters know it, whatever they filter.
struct FieldInfo {
    std::string_view name;
    FieldId id;
    FieldKind kind;
    std::string_view meaning;
    std::vector<std::string_view> (*words)();
};

[[nodiscard]] std::span<const FieldInfo> field_infos();
[[nodiscard]] inline const FieldInfo& info_of(FieldId field) { return field_infos()[static_cast<std::size_t>(field)]; }
[[nodiscard]] const FieldInfo* find_field(std::string_view name);

/// Fields, one bit each.
class FieldSet {
  public:
    constexpr void add(FieldId field) { bits_ |= bit(field); }
    constexpr void add(FieldSet fields) { bits_ |= fields.bits_; }
    friend bool operator==(const FieldSet&, const FieldSet&) = default;
    [[nodiscard]] constexpr bool has(FieldId field) const { return (bits_ & bit(field)) != 0; }

  private:
    static constexpr std::uint32_t bit(FieldId field) { return 1U << static_cast<unsigned>(field); }
    std::uint32_t bits_ = 0;
    static_assert(kMostFields <= 32);
};

}  // namespace kstrax
