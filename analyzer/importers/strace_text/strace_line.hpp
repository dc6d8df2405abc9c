// SPDX-License-Identifier: GPL-2.0-or-later
// One line of what strace prints.
// Source: strace(1), and what strace 4.26 to 6.13 print.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/base/types.hpp"

namespace kstrax {

enum class StraceKind : std::uint8_t {
    Call,        ///< "read(3, "x", 1) = 1 <0.000012>": all of it
    Unfinished,  ///< "read(3,  <unfinished ...>": its beginning
    Resumed,     ///< "<... read resumed>"x", 1) = 1 <0.000012>": its end
    Signal,      ///< "--- SIGCHLD {…} ---"
    End,         ///< "+++ exited with 0 +++": the thread is gone
    Attached,    ///< "strace: Process 12 attached": a thread more
    Remark,      ///< of strace's own, which says nothing of a call
    Other,       ///< no line of strace's
};

/// How a line tells its moment.
enum class StraceClock : std::uint8_t {
    None,
    Unix,      ///< -ttt: seconds since 1970
    OfDay,     ///< -t, -tt: hours, minutes and seconds
    Relative,  ///< -r: since the line before
};

struct StraceLine {
    StraceKind kind = StraceKind::Other;
    std::optional<Tid> thread;  ///< none: there was one only when it was printed
    std::string_view command;   ///< of --decode-pids=comm; empty: not told
    StraceClock clock = StraceClock::None;
    Nanos time = 0;         ///< by it
    std::string_view name;  ///< of the call
    std::string_view text;  ///< its arguments, as far as this line has them; of others what is between the marks
    std::optional<std::uint64_t> result;  ///< a word; errors are negative. None: it had not returned
    bool compat = false;                  ///< Remark: the thread's calls are 32-bit ones from here on
    std::optional<Nanos> duration;        ///< of -T
};

/// `line`: without its end.
[[nodiscard]] StraceLine parse_strace_line(std::string_view line);

}  // namespace kstrax
