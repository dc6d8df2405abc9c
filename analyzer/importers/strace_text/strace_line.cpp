// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/strace_text/strace_line.hpp"

#include <algorithm>
#include <string>

#include "analyzer/base/parse_number.hpp"
#include "formats/errnos.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kUnfinished = " <unfinished ...>";
constexpr std::string_view kDetached = " <detached ...>";
constexpr std::string_view kResumed = " resumed>";
constexpr Tid kMostThreads = 1 << 22;  // PID_MAX_LIMIT: a larger number is a time
constexpr Nanos kSecond = 1'000'000'000;
/// Seconds since 1970 that nobody traces at any more: what is less is a difference.
constexpr Nanos kEarliest = 100'000'000 * kSecond;

bool take(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

bool take_end(std::string_view& text, std::string_view what) {
    if (!text.ends_with(what)) return false;
    text.remove_suffix(what.size());
    return true;
}

void skip_blanks(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(' '), text.size())); }
void drop_blanks(std::string_view& text) { text = text.substr(0, text.find_last_not_of(' ') + 1); }

/// ".123456", with 0 to 9 digits; of nothing, 0.
std::optional<Nanos> take_fraction(std::string_view& text) {
    if (!take(text, ".")) return 0;
    Nanos value = 0;
    Nanos unit = kSecond;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9' && unit > 1) {
        unit /= 10;
        value += unit * static_cast<Nanos>(text.front() - '0');
        text.remove_prefix(1);
    }
    return unit < kSecond ? std::optional(value) : std::nullopt;
}

/// "12.000034"
std::optional<Nanos> take_seconds(std::string_view& text) {
    constexpr std::uint64_t kMostSeconds = 1ULL << 33;
    const auto whole = take_number<std::uint64_t>(text);
    if (!whole || *whole > kMostSeconds) return std::nullopt;
    const auto fraction = take_fraction(text);
    return fraction ? std::optional(*whole * kSecond + *fraction) : std::nullopt;
}

/// "12:28:49.792532"
std::optional<Nanos> take_time_of_day(std::string_view& text) {
    Nanos seconds = 0;
    for (int part = 0; part < 3; ++part) {
        const auto number = take_number<unsigned>(text);
        if (!number || *number >= 100 || (part < 2 && !take(text, ":"))) return std::nullopt;
        seconds = seconds * 60 + *number;
    }
    const auto fraction = take_fraction(text);
    return fraction ? std::optional(seconds * kSecond + *fraction) : std::nullopt;
}

/// "[pid 12] ", "12 " or "12<cat> "
void take_thread(std::string_view& text, StraceLine& line) {
    std::string_view rest = text;
    const bool bracket = take(rest, "[pid");
    if (bracket) skip_blanks(rest);
    const auto number = take_number<Tid>(rest);
    if (!number || *number > kMostThreads) return;
    std::string_view command;
    if (take(rest, "<")) {
        const std::size_t end = rest.find(bracket ? ">]" : "> ");
        if (end == rest.npos) return;
        command = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    if (!take(rest, bracket ? "] " : " ")) return;
    skip_blanks(rest);
    line.thread = number;
    line.command = command;
    text = rest;
}

void take_time(std::string_view& text, StraceLine& line) {
    std::string_view rest = text;
    skip_blanks(rest);
    const std::string_view begin = rest;
    if (const auto day = take_time_of_day(rest); day && take(rest, " ")) {
        line.time = *day;
        line.clock = StraceClock::OfDay;
    } else {
        rest = begin;
        const auto seconds = take_seconds(rest);
        if (!seconds || !take(rest, " ")) return;
        line.time = *seconds;
        line.clock = *seconds < kEarliest ? StraceClock::Relative : StraceClock::Unix;
    }
    // What -r has beside another time.
    if (rest.starts_with("(+")) rest.remove_prefix(std::min(rest.find(')'), rest.size() - 1) + 1);
    skip_blanks(rest);
    text = rest;
}

/// The call's number (-n), where the program was (-i).
void skip_brackets(std::string_view& text) {
    while (text.starts_with('[') && !text.starts_with("[ Process")) {
        const std::size_t end = text.find("] ");
        if (end == text.npos) return;
        text.remove_prefix(end + 2);
        skip_blanks(text);
    }
}

/// "-1 ENOENT (No such file or directory)", "? ERESTARTSYS (…)", "0x7f00", "022", "3</tmp/file>"
std::optional<std::uint64_t> result_of(std::string_view text) {
    const bool asks = take(text, "? ");
    const std::string_view whole = text;
    const bool minus_one = take(text, "-1 ");
    if (asks || minus_one) {
        if (const ErrnoInfo* known = errno_info(text.substr(0, text.find(' '))))
            return 0 - std::uint64_t{known->number};
        if (take(text, "(errno "))
            if (const auto number = take_number<std::uint16_t>(text)) return 0 - std::uint64_t{*number};
        if (asks) return std::nullopt;
    }
    text = whole;
    if (text.starts_with("0x")) {
        text.remove_prefix(2);
        return take_number<std::uint64_t>(text, 16);
    }
    if (text.starts_with('0')) return take_number<std::uint64_t>(text, 8);
    if (text.starts_with('-')) {
        const auto number = take_number<std::int64_t>(text);
        return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
    }
    return take_number<std::uint64_t>(text);
}

/// " <0.000012>" at the end
std::optional<Nanos> take_duration(std::string_view& text) {
    const std::size_t begin = text.rfind(" <");
    if (begin == text.npos || !text.ends_with('>')) return std::nullopt;
    std::string_view inside = text.substr(begin + 2, text.size() - begin - 3);
    const auto taken = take_seconds(inside);
    if (!inside.empty()) return std::nullopt;
    text = text.substr(0, begin);
    return taken;
}

/// Of "arguments) = result <duration>". False: it has no such end.
bool take_call(std::string_view text, StraceLine& line) {
    line.duration = take_duration(text);
    for (std::size_t at = text.rfind(" = "); at != text.npos && at > 0; at = text.rfind(" = ", at - 1)) {
        std::string_view before = text.substr(0, at);
        drop_blanks(before);
        if (!take_end(before, ")")) continue;
        line.text = before;
        line.result = result_of(text.substr(at + 3));
        (void)take_end(line.text, kUnfinished);  // of a thread that died in its call
        return true;
    }
    return false;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '?';
    });
}

/// What stands behind thread and time.
StraceKind take_rest(std::string_view text, StraceLine& line) {
    if (take(text, "--- ")) {
        if (!take_end(text, " ---")) return StraceKind::Other;
        line.text = text;
        return StraceKind::Signal;
    }
    if (take(text, "+++ ")) {
        if (!take_end(text, " +++")) return StraceKind::Other;
        line.text = text;
        return StraceKind::End;
    }
    if (take(text, "<... ")) {
        const std::size_t end = text.find(kResumed);
        if (end == text.npos || !is_name(text.substr(0, end))) return StraceKind::Other;
        line.name = text.substr(0, end);
        text.remove_prefix(end + kResumed.size());
        if (take_end(text, kDetached)) return StraceKind::Remark;  // it is open still
        return take_call(text, line) ? StraceKind::Resumed : StraceKind::Other;
    }
    const std::size_t open = text.find('(');
    if (open == text.npos || !is_name(text.substr(0, open))) return StraceKind::Other;
    line.name = text.substr(0, open);
    text.remove_prefix(open + 1);
    if (take_end(text, kUnfinished) || take_end(text, kDetached)) {
        line.text = text;
        return StraceKind::Unfinished;
    }
    return take_call(text, line) ? StraceKind::Call : StraceKind::Other;
}

/// "Process 12 attached", "[ Process PID=12 runs in 32 bit mode. ]"
bool take_remark(std::string_view text, StraceLine& line) {
    const bool said = take(text, "strace: ");
    if (take(text, "[ Process PID=")) {
        line.thread = take_number<Tid>(text);
        line.compat = text.starts_with(" runs in 32 bit mode");
        line.kind = StraceKind::Remark;
        return line.thread.has_value();
    }
    if (take(text, "Process ")) {
        const auto thread = take_number<Tid>(text);
        if (!thread) return false;
        line.kind = text.starts_with(" attached") ? StraceKind::Attached : StraceKind::Remark;
        line.thread = thread;
        return true;
    }
    line.kind = StraceKind::Remark;
    return said || text.empty();
}

}  // namespace

StraceLine parse_strace_line(std::string_view text) {
    StraceLine line;
    if (take_remark(text, line)) return line;
    line = {};
    take_thread(text, line);
    take_time(text, line);
    skip_brackets(text);
    line.kind = take_rest(text, line);
    return line;
}

}  // namespace kstrax
