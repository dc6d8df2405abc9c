// SPDX-License-Identifier: GPL-2.0-or-later
// All fields of the reports and of filters in one list, for `kstrax fields`, man pages and
// the tests: made from the columns of the reports and the fields of expressions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/report/report.hpp"

namespace kstrax {

struct ListedField {
    std::string_view name;
    std::string_view type;
    std::string_view meaning;
    std::vector<std::string_view> reports;  ///< that have it as a column, as --list-options names their options
    std::vector<std::string_view> filters;  ///< of which reports -x may ask for it
};

/// Columns first, in the order of their reports, then what filters alone know.
[[nodiscard]] std::vector<ListedField> listed_fields();
/// A line for each, with tabs between: name, type, reports, filters, meaning.
[[nodiscard]] std::string field_table();
/// Whether a CSV report begins so: its first columns are those of a report of ours.
[[nodiscard]] bool begins_as_csv(std::string_view line);

}  // namespace kstrax
