// SPDX-License-Identifier: GPL-2.0-or-later
// A call, a record or a line of a report, as an expression sees it: values by
// field. A field that it does not have (the end of a call in flight) is not there.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "analyzer/query/field.hpp"

namespace kstrax {

class QueryRow {
  public:
    void clear() { present_ = {}; }
    void set(QueryField field, std::int64_t number) {
        numbers_[index(field)] = number;
        present_.add(field);
    }
    /// The text must outlive the row's use.
    void set(QueryField field, std::string_view text) {
        texts_[index(field)] = text;
        present_.add(field);
    }

    [[nodiscard]] bool has(QueryField field) const { return present_.has(field); }
    /// Preconditions: has(), and the field's kind is a number or a text.
    [[nodiscard]] std::int64_t number(QueryField field) const { return numbers_[index(field)]; }
    [[nodiscard]] std::string_view text(QueryField field) const { return texts_[index(field)]; }

  private:
    static constexpr std::size_t index(QueryField field) { return static_cast<std::size_t>(field); }
    FieldSet present_;
    std::array<std::int64_t, kFields> numbers_{};
    std::array<std::string_view, kFields> texts_{};
};

}  // namespace kstrax
