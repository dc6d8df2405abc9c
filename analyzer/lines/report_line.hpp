// SPDX-License-Identifier: GPL-2.0-or-later
// A line of a paired or raw text report, read back. A line that is not exactly of
// their form is none of theirs: nothing is guessed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/lines/line_time.hpp"
#include "analyzer/query/row.hpp"

namespace kstrax {

/// Differences: a line whose times are told from the line before, wherever that is now.
enum class LineKind : std::uint8_t { Comment, Paired, Raw, Differences, Unknown };

/// What the lines of a report tell.
struct LineShape {
    LineKind kind = LineKind::Unknown;
    FieldSet fields;
    unsigned digits = 0;  ///< of its times
    friend bool operator==(const LineShape&, const LineShape&) = default;
};

class ReportLine {
  public:
    /// `line`: without its newline. Sets row() and shape() where it answers Paired or Raw.
    [[nodiscard]] LineKind read(std::string_view line);

    /// Valid until the next line is read, and as long as that one's text.
    [[nodiscard]] const QueryRow& row() const { return row_; }
    [[nodiscard]] const LineShape& shape() const { return shape_; }
    [[nodiscard]] bool path_cut() const { return path_cut_; }

  private:
    class Reading;
    QueryRow row_;
    LineShape shape_;
    LineClock clock_;  // of the report whose first line was read last
    std::string path_;
    std::string task_;
    std::string plain_;  // of a line in colours
    bool path_cut_ = false;
};

}  // namespace kstrax
