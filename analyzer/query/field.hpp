// SPDX-License-Identifier: GPL-2.0-or-later
// What an expression may ask of a call or a record: the reports' fields, by name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace kstrax {

enum class QueryField : std::uint8_t {
    Serial,
    Cpu,
    Pid,
    Tgid,
    Nr,
    Call,
    Abi,
    Kind,
    State,
    Time,
    Start,
    End,
    TimeNs,
    StartNs,
    EndNs,
    Duration,
    Ret,
    Error,
    Path,
    Nspid,
};
inline constexpr std::size_t kFields = 20;

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
};

struct FieldInfo {
    std::string_view name;
    QueryField field;
    FieldKind kind;
    std::string_view meaning;
};

/// Some fields have two names.
[[nodiscard]] std::span<const FieldInfo> field_infos();
[[nodiscard]] const FieldInfo* find_field(std::string_view name);
/// The names that a field of kind Word can have as value.
[[nodiscard]] std::vector<std::string_view> words_of(QueryField field);

/// Fields, one bit each.
class FieldSet {
  public:
    constexpr FieldSet() = default;
    constexpr FieldSet(std::initializer_list<QueryField> fields) {
        for (const QueryField field : fields) add(field);
    }
    constexpr void add(QueryField field) { bits_ |= bit(field); }
    friend bool operator==(const FieldSet&, const FieldSet&) = default;
    [[nodiscard]] constexpr bool has(QueryField field) const { return (bits_ & bit(field)) != 0; }

  private:
    static constexpr std::uint32_t bit(QueryField field) { return 1U << static_cast<unsigned>(field); }
    std::uint32_t bits_ = 0;
};

}  // namespace kstrax
