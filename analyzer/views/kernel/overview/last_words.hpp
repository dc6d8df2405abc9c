// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel's log says of the end: why it panicked, and the last lines before.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/kernel/log/kernel_log.hpp"

namespace kstrax {

/// Texts are bytes from the dump: anything.
struct LogLine {
    std::optional<Nanos> time;
    std::string text;
};

struct LastWords {
    std::optional<LogLine> panic;  ///< what it said when it panicked, without "Kernel panic - not syncing: "
    std::optional<LogLine> cause;  ///< what it complained of just before: "BUG: …", "watchdog: …"
    std::string place;             ///< where that was: "trouble_write+0x12/0x20 [trouble]"; empty: not said
    std::deque<LogLine> last;      ///< the oldest first, without registers and stacks
    std::uint64_t left_out = 0;    ///< lines of registers and stacks between those and behind them
    std::uint64_t records = 0;     ///< of the whole log
};

/// Takes the log's records, the oldest first.
class LastWordsFinder {
  public:
    explicit LastWordsFinder(std::size_t lines) : lines_(lines) {}

    void see(const LogRecord& record);
    [[nodiscard]] LastWords finish();

  private:
    struct Complaint {
        LogLine line;
        std::string place;
    };
    void see_line(std::optional<Nanos> time, std::string_view text);
    void choose_cause();

    std::size_t lines_;
    LastWords found_;
    std::deque<Complaint> complaints_;
    std::deque<std::uint64_t> left_out_;  // before each of the last lines
    std::uint64_t skipped_ = 0;           // since the last of them
    std::optional<Nanos> latest_;
};

}  // namespace kstrax
