// SPDX-License-Identifier: GPL-2.0-or-later
// The columns of statistics reports: one table for all of them, whatever they group by.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/sinks/line_column.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

struct StatisticsRow {
    const ReportContext& context;
    const CallStatistics& statistics;
    std::string_view name;                               ///< of Grouping::Call
    const std::vector<LineColumn<StatisticsRow>>* line;  ///< what people see of it
    Nanos all_total = 0;                                 ///< of all rows
};

struct SortKey {
    std::uint64_t number = 0;
    std::string text;
    friend auto operator<=>(const SortKey&, const SortKey&) = default;
};

/// What machines get of it, what people see of it, and how rows are sorted by it.
struct StatisticsColumn {
    LineColumn<StatisticsRow> line;
    bool names_row;  ///< rather than counts or measures it
    SortKey (*sort_key)(const ReportContext& context, const CallStatistics& row);
    bool of_manual = true;  ///< people see it in either set of columns
};

/// By its field's name, with or without _ns; null where the report has no such column.
[[nodiscard]] const StatisticsColumn* find_statistics_column(const StatisticsRequest& request, std::string_view name);
/// Names that can be sorted by, with commas between.
[[nodiscard]] std::string statistics_column_names(const StatisticsRequest& request);

/// The columns and the heading of one request.
class StatisticsForm {
  public:
    StatisticsForm(const StatisticsRequest& request, ColumnSet set);
    StatisticsForm(const StatisticsForm&) = delete;
    StatisticsForm& operator=(const StatisticsForm&) = delete;
    [[nodiscard]] const RowForm<StatisticsRow>& form() const { return form_; }

    /// For each row.
    [[nodiscard]] const std::vector<LineColumn<StatisticsRow>>& line() const { return line_; }
    /// A line of text for all rows together.
    void append_total(TextBuffer& out, const StatisticsRow& total) const;

  private:
    std::vector<Column<StatisticsRow>> columns_;
    std::vector<LineColumn<StatisticsRow>> line_;
    std::size_t naming_ = 0;  // the first columns, which name a row
    std::string heading_;
    RowForm<StatisticsRow> form_;
};

}  // namespace kstrax
