// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sinks/color.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace kstrax {

namespace {

constexpr std::string_view kNone = {};
constexpr char kEscape = '\x1b';

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? kNone : value;
}

/// Where a call's result begins: behind the last " = " that is in no file name.
std::size_t result_of(std::string_view line) {
    bool quoted = false;
    std::size_t found = line.npos;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') ++i;  // of a file's or a task's name
        else if (line[i] == '"') quoted = !quoted;
        else if (!quoted && line.substr(i).starts_with(" = ")) found = i + 3;
    }
    return found;
}

void append_in(TextBuffer& out, std::string_view color, std::string_view text) {
    if (text.empty()) return;
    append(out, color);
    append(out, text);
    append(out, kPlain);
}

}  // namespace

bool wants_color(ColorMode mode, int fd) {
    switch (mode) {
        case ColorMode::Always:
            return true;
        case ColorMode::Never:
            return false;
        case ColorMode::Auto:
            break;
    }
    return fd >= 0 && ::isatty(fd) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

void append_colored(TextBuffer& out, std::string_view line) {
    if (line.starts_with('#') || line.starts_with(kEscape)) {
        append(out, line);
        return;
    }
    if (line.starts_with('*')) {  // the task that panicked
        append_in(out, kBold, "*");
        line.remove_prefix(1);
    }
    const std::size_t result = result_of(line);
    if (result == line.npos) {
        append(out, line);
        return;
    }
    append(out, line.substr(0, result));
    std::string_view rest = line.substr(result);
    std::size_t state = rest.ends_with('>') ? rest.rfind(" <") : rest.npos;
    if (state == rest.npos) state = rest.size();
    const std::string_view value = rest.substr(0, state);
    if (value.starts_with("-1 ")) append_in(out, kRed, value);
    else append(out, value);
    append_in(out, kYellow, rest.substr(state));
}

std::string without_colors(std::string_view line) {
    std::string plain;
    while (!line.empty()) {
        const std::size_t at = std::min(line.find("\x1b["), line.size());
        plain.append(line.substr(0, at));
        line.remove_prefix(at);
        const std::size_t end = line.find_first_not_of("0123456789;", 2);
        if (line.empty()) break;
        if (end != line.npos && line[end] == 'm') {
            line.remove_prefix(end + 1);
        } else {
            plain.append(line.substr(0, 2));
            line.remove_prefix(2);
        }
    }
    return plain;
}

Result<void> ColorOutput::write(std::string_view bytes) {
    TextBuffer colored;
    for (;;) {
        const std::size_t newline = bytes.find('\n');
        rest_.append(bytes.substr(0, newline));
        if (newline == bytes.npos) break;
        append_colored(colored, rest_);
        colored.push_back('\n');
        rest_.clear();
        bytes.remove_prefix(newline + 1);
    }
    return to_.write({colored.data(), colored.size()});
}

}  // namespace kstrax
