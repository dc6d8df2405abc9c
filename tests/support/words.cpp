// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/words.hpp"

#include <charconv>
#include <stdexcept>

namespace kstrax::test {

namespace {

/// Takes what follows a backslash at text[at]; moves `at` behind it.
char escaped(std::string_view text, std::size_t& at) {
    const char c = at < text.size() ? text[at++] : '\0';
    if (c == 'n') return '\n';
    if (c == 't') return '\t';
    if (c == '"' || c == '\\') return c;
    if (c != 'x' || at + 2 > text.size()) throw std::runtime_error("unknown escape");
    const std::uint64_t value = parse_number("0x" + std::string(text.substr(at, 2)));
    at += 2;
    return static_cast<char>(static_cast<unsigned char>(value));
}

}  // namespace

Words::Words(std::string_view line) {
    bool quoted = false;
    bool in_word = false;
    for (std::size_t at = 0; at < line.size();) {
        const char c = line[at++];
        if (!quoted && c == '#') break;
        if (!quoted && (c == ' ' || c == '\t')) {
            in_word = false;
            continue;
        }
        if (!in_word) words_.emplace_back();
        in_word = true;
        if (c == '"') quoted = !quoted;
        else words_.back().push_back(quoted && c == '\\' ? escaped(line, at) : c);
    }
    if (quoted) throw std::runtime_error("a quote is not closed");
}

std::string Words::next() {
    if (at_end()) throw std::runtime_error("something is missing");
    return words_[at_++];
}

std::uint64_t Words::number() { return parse_number(next()); }

std::string Words::value_of(std::string_view key) {
    const std::string word = next();
    if (!word.starts_with(std::string(key) + "=")) throw std::runtime_error("expected " + std::string(key) + "=");
    return word.substr(key.size() + 1);
}

std::uint64_t parse_number(std::string_view text) {
    const std::string_view whole = text;
    const bool minus = text.starts_with('-');
    if (minus) text.remove_prefix(1);
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size())
        throw std::runtime_error("not a number: '" + std::string(whole) + "'");
    return minus ? -value : value;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return parts;
}

}  // namespace kstrax::test
