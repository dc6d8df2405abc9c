// SPDX-License-Identifier: GPL-2.0-or-later
// A call, a record or a line of a report, as an expression sees it: values by
// field. A field that it does not have (the end of a call in flight) is not there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/fields/event_text.hpp"
#include "analyzer/fields/field.hpp"

namespace kstrax {

class QueryRow {
  public:
    void clear() {
        present_ = {};
        record_ = nullptr;
    }
    /// Whose own fields may be asked for. It must outlive the row's use.
    void set_record(const Record& record) { record_ = &record; }
    /// A number or a text of an event's own; absent where it has no such field. `scratch` holds what is no plain text.
    [[nodiscard]] Value own(std::string_view field, std::string& scratch) const {
        return record_ != nullptr ? event_field_value(*record_, field, scratch) : Value(Absent{});
    }
    void set(FieldId field, std::int64_t number) {
        numbers_[index(field)] = number;
        present_.add(field);
    }
    /// The text must outlive the row's use.
    void set(FieldId field, std::string_view text) {
        texts_[index(field)] = text;
        present_.add(field);
    }

    [[nodiscard]] bool has(FieldId field) const { return present_.has(field); }
    /// Preconditions: has(), and the field's kind is a number or a text.
    [[nodiscard]] std::int64_t number(FieldId field) const { return numbers_[index(field)]; }
    [[nodiscard]] std::string_view text(FieldId field) const { return texts_[index(field)]; }

    /// Nothing where the value is absent.
    void set(FieldId field, const Value& value) {
        if (const auto* number = std::get_if<std::uint64_t>(&value)) set(field, static_cast<std::int64_t>(*number));
        else if (const auto* signed_number = std::get_if<std::int64_t>(&value)) set(field, *signed_number);
        else if (const auto* name = std::get_if<Name>(&value)) set(field, name->text);
        else if (const auto* text = std::get_if<Untrusted>(&value)) set(field, text->bytes);
    }

  private:
    static constexpr std::size_t index(FieldId field) { return static_cast<std::size_t>(field); }
    FieldSet present_;
    const Record* record_ = nullptr;
    std::array<std::int64_t, kMostFields> numbers_{};
    std::array<std::string_view, kMostFields> texts_{};
};

}  // namespace kstrax
