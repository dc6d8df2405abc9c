// SPDX-License-Identifier: GPL-2.0-or-later
// A line of a paired or raw text report, read back. A line that is not exactly of
// their form is none of theirs: nothing is guessed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/select/row.hpp"

namespace kstrax {

enum class LineKind : std::uint8_t { Comment, Paired, Raw, Unknown };

/// What lines of these kinds tell.
inline constexpr FieldSet kPairedLineFields{
    QueryField::Pid,   QueryField::Call, QueryField::Abi,   QueryField::State, QueryField::Path,    QueryField::Ret,
    QueryField::Error, QueryField::Time, QueryField::Start, QueryField::End,   QueryField::Duration};
inline constexpr FieldSet kRawLineFields{QueryField::Serial, QueryField::Cpu,  QueryField::Pid,  QueryField::Nr,
                                         QueryField::Call,   QueryField::Abi,  QueryField::Kind, QueryField::Path,
                                         QueryField::Ret,    QueryField::Error, QueryField::Time};

class ReportLine {
  public:
    /// `line`: without its newline. Sets row() unless it answers Comment or Unknown.
    [[nodiscard]] LineKind read(std::string_view line);

    /// Valid until the next line is read, and as long as that one's text.
    [[nodiscard]] const QueryRow& row() const { return row_; }
    [[nodiscard]] bool path_cut() const { return path_cut_; }

  private:
    class Reading;
    QueryRow row_;
    std::string path_;
    bool path_cut_ = false;
};

}  // namespace kstrax
