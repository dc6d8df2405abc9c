// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/log_beside.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/sinks/color.hpp"

namespace kstrax {

std::string_view log_color(std::optional<std::uint8_t> level) {
    constexpr std::uint8_t kError = 3;
    constexpr std::uint8_t kWarning = 4;
    if (!level || *level > kWarning) return {};
    return *level <= kError ? kRed : kYellow;
}

void LogBeside::append_line(const LogLine& line) {
    append(out_, "# log ");
    context_.clock.append(out_, line.time);
    append(out_, "  ");
    const std::string_view color = out_.colored() ? log_color(line.level) : std::string_view();
    append(out_, color);
    append_log_escaped(out_, line.text);
    if (!color.empty()) append(out_, kPlain);
    out_.push_back('\n');
}

/// Clocks of CPUs differ by little, so that a line may be older than the one before it.
void LogBeside::append_until(Nanos time) {
    for (; next_ < log_.lines.size() && log_.lines[next_].time <= time; ++next_) append_line(log_.lines[next_]);
}

void LogBeside::before(const Call& call) {
    if (!std::exchange(begun_, true)) {
        const Nanos first = call.has_entry ? call.start : call.end;
        const auto shown = std::ranges::find_if(log_.lines, [&](const LogLine& line) { return line.time >= first; });
        next_ = skipped_ = static_cast<std::size_t>(shown - log_.lines.begin());
    }
    // Calls without an exit that are in flight stand at the end, whenever they began.
    if (call.has_exit) append_until(call.end);
    else if (call.state == CallState::InFlight && to_the_end_) append_until(context_.end);
}

void LogBeside::finish() {
    if (!begun_) skipped_ = next_ = log_.lines.size();
    const std::size_t shown_to = to_the_end_ ? log_.lines.size() : next_;
    for (; next_ < shown_to; ++next_) append_line(log_.lines[next_]);
    fmt::format_to(std::back_inserter(out_), "# log: {} lines", shown_to - skipped_);
    if (skipped_ > 0) fmt::format_to(std::back_inserter(out_), "; {} older than the first call", skipped_);
    if (const std::size_t later = log_.lines.size() - shown_to; later > 0)
        fmt::format_to(std::back_inserter(out_), "; {} behind the last call", later);
    append(out_, skipped_ > 0 || shown_to < log_.lines.size() ? " (--log alone shows all)\n" : "\n");
    if (log_.lines.empty()) return;
    append(
        out_,
        log_.related
            ? "# the log's clock was set to the recording's by the shift that the kernel keeps, which it may not have "
              "renewed "
              "since it began\n"
            : "# nothing tells how the log's clock stands to the recording's: lines may stand too early or too late\n");
}

}  // namespace kstrax
