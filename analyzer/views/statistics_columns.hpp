// SPDX-License-Identifier: GPL-2.0-or-later
// The columns of statistics reports: one table for all of them, whatever they group by.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/views/views.hpp"

namespace kstrax {

struct StatisticsRow {
    const ReportContext& context;
    const CallStatistics& statistics;
    std::string_view name;  ///< of Grouping::Call
};

struct SortKey {
    std::uint64_t number = 0;
    std::string text;
    friend auto operator<=>(const SortKey&, const SortKey&) = default;
};

struct StatisticsColumn {
    Column<StatisticsRow> column;
    bool names_row;  ///< rather than counts or measures it
    SortKey (*sort_key)(const ReportContext& context, const CallStatistics& row);
};

/// By its field's name, with or without _ns; null where the report has no such column.
[[nodiscard]] const StatisticsColumn* find_statistics_column(const StatisticsRequest& request, std::string_view name);
/// Names that can be sorted by, with commas between.
[[nodiscard]] std::string statistics_column_names(const StatisticsRequest& request);

/// The columns and the heading of one request.
class StatisticsForm {
  public:
    StatisticsForm(std::vector<Column<StatisticsRow>> columns, std::string heading,
                   void (*append_text)(TextBuffer&, const StatisticsRow&))
        : columns_(std::move(columns)), heading_(std::move(heading)), form_{columns_, heading_, append_text} {}
    StatisticsForm(const StatisticsForm&) = delete;
    StatisticsForm& operator=(const StatisticsForm&) = delete;
    [[nodiscard]] const RowForm<StatisticsRow>& form() const { return form_; }

  private:
    std::vector<Column<StatisticsRow>> columns_;
    std::string heading_;
    RowForm<StatisticsRow> form_;
};
[[nodiscard]] StatisticsForm statistics_form(const StatisticsRequest& request);

}  // namespace kstrax
