// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sinks/escape.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/sinks/plain_text.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kNamed = "\t\n\v\f\r\"\\";
constexpr std::string_view kNames = "tnvfr\"\\";

bool printable(unsigned char byte) { return byte >= 0x20 && byte < 0x7f; }

/// How many bytes from the first on stand in a JSON string as they are.
std::size_t plain_length(std::string_view bytes) {
    const auto plain = [](char c) { return printable(static_cast<unsigned char>(c)) && c != '"' && c != '\\'; };
    return static_cast<std::size_t>(std::ranges::find_if_not(bytes, plain) - bytes.begin());
}

bool octal_digit(char c) { return c >= '0' && c <= '7'; }

}  // namespace

void append_c_escaped(TextBuffer& out, std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        const auto byte = static_cast<unsigned char>(c);
        if (const auto named = kNamed.find(c); named != kNamed.npos) {
            out.push_back('\\');
            out.push_back(kNames[named]);
        } else if (printable(byte)) {
            out.push_back(c);
        } else {
            // Short octal would swallow a digit that follows.
            const bool digit_follows = i + 1 < bytes.size() && octal_digit(bytes[i + 1]);
            if (digit_follows) fmt::format_to(std::back_inserter(out), "\\{:03o}", byte);
            else fmt::format_to(std::back_inserter(out), "\\{:o}", byte);
        }
    }
}

void append_log_escaped(TextBuffer& out, std::string_view bytes) {
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\t' || printable(byte)) out.push_back(c);
        else fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    }
}

void append_json_string(TextBuffer& out, std::string_view bytes) {
    out.push_back('"');
    for (;;) {
        const std::size_t plain = plain_length(bytes);
        append(out, bytes.substr(0, plain));
        bytes.remove_prefix(plain);
        if (bytes.empty()) break;
        const CodePoint point = next_code_point(bytes);
        bytes.remove_prefix(point.length);
        const auto unit = [&](std::uint32_t value) { fmt::format_to(std::back_inserter(out), "\\u{:04x}", value); };
        if (point.value == '"' || point.value == '\\') {
            out.push_back('\\');
            out.push_back(static_cast<char>(point.value));
        } else if (point.value < 0x10000) {
            unit(point.value);
        } else {
            unit(0xd800 + ((point.value - 0x10000) >> 10));
            unit(0xdc00 + ((point.value - 0x10000) & 0x3ff));
        }
    }
    out.push_back('"');
}

void append_csv_field(TextBuffer& out, std::string_view escaped) {
    if (escaped.find_first_of(",\"\r\n") == escaped.npos) {
        append(out, escaped);
        return;
    }
    out.push_back('"');
    for (const char c : escaped) {
        if (c == '"') out.push_back('"');
        out.push_back(c);
    }
    out.push_back('"');
}

bool append_unescaped(std::string& bytes, std::string_view escaped) {
    std::size_t at = 0;
    while (at < escaped.size()) {
        const std::size_t plain = std::min(escaped.find('\\', at), escaped.size());
        bytes.append(escaped.substr(at, plain - at));
        at = plain;
        if (at == escaped.size()) break;
        if (++at == escaped.size()) return false;
        const char letter = escaped[at];
        if (octal_digit(letter)) {
            unsigned value = 0;
            for (int i = 0; i < 3 && at < escaped.size() && octal_digit(escaped[at]); ++i)
                value = value * 8 + static_cast<unsigned>(escaped[at++] - '0');
            if (value > 0xff) return false;
            bytes.push_back(static_cast<char>(value));
            continue;
        }
        ++at;
        if (letter == 'x') {
            const auto value = parse_number<std::uint8_t>(escaped.substr(at, 2), 16);
            if (!value) return false;
            bytes.push_back(static_cast<char>(*value));
            at += 2;
            continue;
        }
        const std::size_t named = kNames.find(letter);
        if (named == kNames.npos && letter != '\'') return false;
        bytes.push_back(named == kNames.npos ? letter : kNamed[named]);
    }
    return true;
}

}  // namespace kstrax
