// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/log_beside.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/sinks/color.hpp"

namespace kstrax {

std::string_view log_color(std::optional<std::uint8_t> level) {
    constexpr std::uint8_t kError = 3;
    constexpr std::uint8_t kWarning = 4;
    if (!level || *level > kWarning) return {};
    return *level <= kError ? kRed : kYellow;
}

void append_log_text(TextBuffer& out, std::string_view before, std::string_view text, bool whole,
                     std::string_view color) {
    for (;;) {
        const std::size_t end = text.find('\n');
        append(out, before);
        append(out, color);
        append_log_escaped(out, text.substr(0, end));
        if (end == text.npos && !whole) append(out, " <rest unreadable>");
        if (!color.empty()) append(out, kPlain);
        if (end == text.npos) return;
        out.push_back('\n');
        text.remove_prefix(end + 1);
    }
}

void LogBeside::append_entry(const LogEntry& entry) {
    if (!selection_.wants_moment(entry.time)) {
        ++left_out_;
        return;
    }
    ++shown_;
    TextBuffer before;
    append(before, "# log ");
    context_.clock.append(before, entry.time);
    append(before, "  ");
    append_log_text(out_, before.view(), entry.text, entry.whole,
                    out_.colored() ? log_color(entry.level) : std::string_view());
    out_.push_back('\n');
}

/// Clocks of CPUs differ by little, so that an entry may be older than the one before it.
void LogBeside::append_until(Nanos time) {
    for (; next_ < log_.entries.size() && log_.entries[next_].time <= time; ++next_) append_entry(log_.entries[next_]);
}

void LogBeside::before(const Call& call) {
    if (!std::exchange(begun_, true)) {
        const Nanos first = call.has_entry ? call.start : call.end;
        const auto shown = std::ranges::find_if(log_.entries, [&](const LogEntry& one) { return one.time >= first; });
        next_ = older_ = static_cast<std::size_t>(shown - log_.entries.begin());
    }
    // Calls that are in flight stand at the end, whenever they began.
    if (call.has_exit) append_until(call.end);
    else if (call.state == CallState::InFlight) append_until(context_.end);
}

void LogBeside::finish() {
    if (!begun_) older_ = next_ = log_.entries.size();
    for (; next_ < log_.entries.size(); ++next_) append_entry(log_.entries[next_]);
    fmt::format_to(std::back_inserter(out_), "# log: {} records", shown_);
    if (older_ > 0)
        fmt::format_to(std::back_inserter(out_), "; {} {}", older_,
                       begun_ ? "older than the first call" : "left out, as no call is shown");
    if (left_out_ > 0) fmt::format_to(std::back_inserter(out_), "; {} outside of the filter's times", left_out_);
    append(out_, older_ + left_out_ > 0 ? " (--log alone shows all)\n" : "\n");
    if (log_.entries.empty()) return;
    append(out_, log_.related
                     ? "# the log's clock was set to the recording's by the shift that the kernel keeps, "
                       "which it may not have renewed since it began\n"
                     : "# nothing tells how the log's clock stands to the recording's: lines may stand too early or "
                       "too late\n");
}

}  // namespace kstrax
