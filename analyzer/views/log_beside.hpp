// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of the kernel's log between the calls of a text report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/base/finding.hpp"
#include "analyzer/fields/line.hpp"
#include "analyzer/query/filter.hpp"

namespace kstrax {

/// What printk wrote at once.
struct LogEntry {
    Nanos time = 0;  ///< of the recording's clock
    std::optional<std::uint8_t> level;
    std::string text;   ///< may have several lines; bytes from the dump
    bool whole = true;  ///< false: the text cannot be read to its end
};

/// The kernel's log, the oldest first.
struct LogEntries {
    std::vector<LogEntry> entries;
    /// Whether the kernel says how its log's clock stands to the recording's; otherwise they are taken for the same.
    bool related = false;
    Findings findings = {};  ///< what of it is damaged
};

/// Of its level in text for eyes that see colours; empty: none.
[[nodiscard]] std::string_view log_color(std::optional<std::uint8_t> level);
/// The lines of a record's text, each behind `before`; the last is without its newline.
void append_log_text(TextBuffer& out, std::string_view before, std::string_view text, bool whole,
                     std::string_view color);

/// Lines begin with "# log": who reads the report's calls back passes over them.
class LogBeside {
  public:
    /// `selection`: whose times hold for the log, too. All must outlive it.
    LogBeside(const LogEntries& log, const LineContext& context, Selection& selection, TextBuffer& out)
        : log_(log), context_(context), selection_(selection), out_(out) {}

    /// Before the line of a call: appends what was written before the call ended. What is older than the first call that
    /// is shown, or outside of the filter's times, is left out and counted.
    void before(const Call& call);
    /// Behind the last call: the rest, and how much was left out.
    void finish();

  private:
    void append_until(Nanos time);
    void append_entry(const LogEntry& entry);

    const LogEntries& log_;
    const LineContext& context_;
    Selection& selection_;
    TextBuffer& out_;
    bool begun_ = false;
    std::size_t next_ = 0;  // entry
    std::size_t shown_ = 0, older_ = 0, left_out_ = 0;
};

}  // namespace kstrax
