// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/exit_status.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "analyzer/sinks/plain_text.hpp"

namespace kstrax {

namespace {

ColorMode message_color = ColorMode::Auto;

}  // namespace

void set_message_color(ColorMode mode) { message_color = mode; }

void complain(std::string_view tool, std::string_view level, std::string_view message) {
    std::string line(tool);
    line.append(": ").append(level).append(": ").append(message);
    line = plain_text(line);
    line.push_back('\n');
    if (level != "note" && wants_color(message_color, STDERR_FILENO)) {
        line.insert(tool.size() + 2 + level.size(), kPlain);
        line.insert(tool.size() + 2, level == "error" ? kRed : kYellow);
    }
    std::fwrite(line.data(), 1, line.size(), stderr);
}

namespace {

/// The user's words, and a caret below the mistake. Of long words the part around it.
void point_at(const Quote& quote) {
    constexpr std::size_t kBefore = 60;
    constexpr std::size_t kShown = 100;
    const std::string_view words = quote.text;
    const std::size_t at = std::min(quote.at, words.size());
    std::size_t begin = at > kBefore ? at - kBefore : 0;
    const auto inside_character = [&](std::size_t i) { return (static_cast<unsigned char>(words[i]) & 0xc0) == 0x80; };
    while (begin < at && inside_character(begin)) ++begin;
    std::size_t end = std::min(begin + kShown, words.size());
    while (end > at && end < words.size() && inside_character(end)) --end;
    const std::string before = plain_text(words.substr(begin, at - begin));
    const std::string behind = plain_text(words.substr(at, end - at));
    // A byte of UTF-8 that is not its character's first takes no column.
    const auto columns =
        std::ranges::count_if(before, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    std::string text = "  " + before + behind + "\n  ";
    text.append(static_cast<std::size_t>(columns), ' ').append("^\n");
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

ExitStatus fail(std::string_view tool, const Error& error) {
    if (!error.message.empty()) complain(tool, "error", error.message);
    if (error.quote) point_at(*error.quote);
    return error.code == ErrorCode::Usage ? kUsage : kFailed;
}

namespace {

/// By what needs no memory.
void say_out_of_memory(std::string_view tool) {
    constexpr std::string_view kText = ": error: out of memory\n";
    std::fwrite(tool.data(), 1, tool.size(), stderr);
    std::fwrite(kText.data(), 1, kText.size(), stderr);
}

}  // namespace

int run_command(std::string_view tool, const std::function<ExitStatus()>& command) {
    try {
        return command();
    } catch (const std::bad_alloc&) {
        say_out_of_memory(tool);
    } catch (const std::exception& error) {
        complain(tool, "error", error.what());
    }
    return kFailed;
}

}  // namespace kstrax
