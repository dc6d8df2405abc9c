// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/exit_status.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

namespace kstrax {

namespace {

ColorMode message_color = ColorMode::Auto;

char shown(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c; }

}  // namespace

void set_message_color(ColorMode mode) { message_color = mode; }

void complain(std::string_view tool, std::string_view level, std::string_view message) {
    std::string line(tool);
    line.append(": ").append(level).append(": ").append(message);
    for (char& c : line) c = shown(c);
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
    const std::size_t begin = quote.at > kBefore ? quote.at - kBefore : 0;
    std::string text = "  ";
    for (const char c : quote.text.substr(std::min(begin, quote.text.size()), kShown)) text.push_back(shown(c));
    text += "\n  ";
    // A byte of UTF-8 that is not its character's first takes no column.
    for (std::size_t i = begin; i < quote.at && i < quote.text.size(); ++i)
        if ((static_cast<unsigned char>(quote.text[i]) & 0xc0) != 0x80) text.push_back(' ');
    text += "^\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

ExitStatus fail(std::string_view tool, const Error& error) {
    if (!error.message.empty()) complain(tool, "error", error.message);
    if (error.quote) point_at(*error.quote);
    return error.code == ErrorCode::Usage ? kUsage : kFailed;
}

int run_command(std::string_view tool, const std::function<ExitStatus()>& command) {
    try {
        return command();
    } catch (const std::bad_alloc&) {
        complain(tool, "error", "out of memory");
    } catch (const std::exception& error) {
        complain(tool, "error", error.what());
    }
    return kFailed;
}

}  // namespace kstrax
