// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of the kernel's log between the calls of a text report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/base/finding.hpp"
#include "analyzer/fields/line.hpp"

namespace kstrax {

struct LogLine {
    Nanos time = 0;  ///< of the recording's clock
    std::optional<std::uint8_t> level;
    std::string text;  ///< of one line: bytes from the dump
};

/// The kernel's log, the oldest line first.
struct LogLines {
    std::vector<LogLine> lines;
    /// Whether the kernel says how its log's clock stands to the recording's; otherwise they are taken for the same.
    bool related = false;
    Findings findings = {};  ///< what of it is damaged
};

/// Of its level in text for eyes that see colours; empty: none.
[[nodiscard]] std::string_view log_color(std::optional<std::uint8_t> level);

/// Lines begin with "# log": who reads the report's calls back passes over them.
class LogBeside {
  public:
    /// `to_the_end`: the log goes on behind the last call. All must outlive it.
    LogBeside(const LogLines& log, const LineContext& context, TextBuffer& out, bool to_the_end)
        : log_(log), context_(context), out_(out), to_the_end_(to_the_end) {}

    /// Before the line of a call: appends what was written before the call ended. What is older than the first call that
    /// is shown is left out.
    void before(const Call& call);
    /// Behind the last call: the rest, and what was left out.
    void finish();

  private:
    void append_until(Nanos time);
    void append_line(const LogLine& line);

    const LogLines& log_;
    const LineContext& context_;
    TextBuffer& out_;
    bool to_the_end_;
    bool begun_ = false;
    std::size_t next_ = 0;     // line
    std::size_t skipped_ = 0;  // at the begin
};

}  // namespace kstrax
