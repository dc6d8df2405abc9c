// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/text/parse_back.hpp"

#include <algorithm>

#include "tests/fuzz/target.hpp"

namespace kstrax::fuzz {

namespace {

class JsonReader {
  public:
    explicit JsonReader(std::string_view text) : rest_(text) {}

    std::vector<JsonMember> object() {
        std::vector<JsonMember> members;
        expect('{');
        while (!rest_.starts_with('}')) {
            if (!members.empty()) expect(',');
            JsonMember member{.name = string(), .value = {}};
            expect(':');
            member.is_string = rest_.starts_with('"');
            if (member.is_string) {
                member.value = string();
            } else {
                const std::string_view before = rest_;
                value();
                member.value = before.substr(0, before.size() - rest_.size());
            }
            const bool twice = std::ranges::find(members, member.name, &JsonMember::name) != members.end();
            require(!twice, "each name of a JSON object is there once");
            members.push_back(std::move(member));
        }
        expect('}');
        return members;
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

  private:
    char next() {
        require(!rest_.empty(), "JSON is whole");
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    void expect(char c) { require(next() == c, "JSON has its punctuation"); }

    unsigned hexadecimal() {
        unsigned value = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = next();
            const std::size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
            require(digit != std::string_view::npos, "an escape has four hexadecimal digits");
            value = value << 4 | static_cast<unsigned>(digit);
        }
        return value;
    }

    static void append_utf8(std::string& out, unsigned code) {
        const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
        if (code < 0x80) out += static_cast<char>(code);
        else if (code < 0x800) out += static_cast<char>(0xc0 | code >> 6), tail(0);
        else if (code < 0x10000) out += static_cast<char>(0xe0 | code >> 12), tail(6), tail(0);
        else out += static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0);
    }

    std::string string() {
        std::string out;
        expect('"');
        for (char c = next(); c != '"'; c = next()) {
            require(c >= ' ' && c <= '~', "JSON strings are printable ASCII");
            if (c != '\\') {
                out += c;
                continue;
            }
            const char kind = next();
            constexpr std::string_view kLetters = "\"\\/bfnrt";
            constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
            if (const std::size_t known = kLetters.find(kind); known != kLetters.npos) {
                out += kMeanings[known];
                continue;
            }
            require(kind == 'u', "JSON has no other escapes");
            unsigned code = hexadecimal();
            require(code < 0xdc00 || code > 0xdfff, "a low surrogate follows a high one");
            if (code >= 0xd800 && code <= 0xdbff) {
                expect('\\');
                expect('u');
                const unsigned low = hexadecimal();
                require(low >= 0xdc00 && low <= 0xdfff, "a high surrogate leads a low one");
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
            append_utf8(out, code);
        }
        return out;
    }

    void number() {
        if (rest_.starts_with('-')) (void)next();
        const auto digits = [&] {
            const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
            require(count > 0, "a number has digits");
            rest_.remove_prefix(count);
        };
        const bool zero = rest_.starts_with('0');
        const std::size_t before = rest_.size();
        digits();
        require(!zero || before - rest_.size() == 1, "a number has no leading zeros");
        if (!rest_.starts_with('.')) return;
        (void)next();
        digits();
    }

    void value() {
        if (rest_.starts_with('{')) {
            (void)object();
        } else if (rest_.starts_with('"')) {
            (void)string();
        } else if (rest_.starts_with('[')) {
            (void)next();
            for (bool first = true; !rest_.starts_with(']'); first = false) {
                if (!first) expect(',');
                value();
            }
            expect(']');
        } else {
            for (const std::string_view word : {"null", "true", "false"})
                if (rest_.starts_with(word)) return rest_.remove_prefix(word.size());
            number();
        }
    }

    std::string_view rest_;
};

}  // namespace

std::vector<std::vector<JsonMember>> parse_jsonl(std::string_view text) {
    std::vector<std::vector<JsonMember>> objects;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        require(end != text.npos, "JSON lines end with a newline");
        JsonReader reader(text.substr(0, end));
        objects.push_back(reader.object());
        require(reader.at_end(), "a line has one JSON object");
        text.remove_prefix(end + 1);
    }
    return objects;
}

std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
    std::vector<std::vector<std::string>> rows;
    while (!text.empty()) {
        std::vector<std::string>& row = rows.emplace_back();
        for (char c = ','; c == ',';) {
            std::string& field = row.emplace_back();
            if (text.starts_with('"')) {
                for (std::string_view between; text.starts_with('"'); between = "\"") {
                    text.remove_prefix(1);
                    const std::size_t quote = text.find('"');
                    require(quote != text.npos, "quotes of CSV are closed");
                    field.append(between).append(text.substr(0, quote));
                    text.remove_prefix(quote + 1);
                }
            } else {
                const std::size_t end = std::min(text.find_first_of(",\n"), text.size());
                field = text.substr(0, end);
                require(field.find('"') == field.npos, "quotes of CSV stand around a field");
                text.remove_prefix(end);
            }
            require(!text.empty(), "rows of CSV end with a newline");
            c = text.front();
            require(c == ',' || c == '\n', "fields of CSV end with a comma");
            text.remove_prefix(1);
        }
        require(row.size() == rows.front().size(), "rows of CSV have as many fields");
    }
    return rows;
}

void check_printable(std::string_view text) {
    require(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }),
            "text is printable ASCII");
}

void check_output(std::string_view sink, std::string_view text) {
    check_printable(text);
    if (sink == "jsonl") (void)parse_jsonl(text);
    if (sink == "csv") (void)parse_csv(text);
}

}  // namespace kstrax::fuzz
