// SPDX-License-Identifier: GPL-2.0-or-later
// Every sink, and what it wrote parsed again. An input is values one behind the other: a kind (8 bits) and what it is.
#include <charconv>

#include "analyzer/sinks/sink.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/text/parse_back.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::fuzz {

namespace {

constexpr ColumnInfo kColumns[] = {{"a"}, {"b"}, {"c"}, {"d"}};

std::string_view text_of(Input& input) {
    const std::size_t length = input.byte();
    return as_text(input.take(length));
}

Value value_of(Input& input) {
    // Words lie wherever the input has them; rows need them in a row of their own.
    static std::uint64_t words[4][3];
    static std::size_t row = 0;
    switch (input.byte() % 6) {
        case 0:
            return Absent{};
        case 1:
            return input.number<std::uint64_t>();
        case 2:
            return static_cast<std::int64_t>(input.number<std::uint64_t>());
        case 3:
            return Hundredths{input.number<std::uint32_t>()};
        case 4: {
            auto& own = words[row++ % 4];
            const std::size_t count = input.byte() % 4;
            for (std::size_t i = 0; i < count; ++i) own[i] = input.number<std::uint64_t>();
            return Words{std::span(own).first(count)};
        }
        default:
            return Untrusted{text_of(input)};
    }
}

/// What is left of bytes where all that is not UTF-8 is U+FFFD must not be longer than three times the bytes.
void check_string(std::string_view written, std::string_view bytes) {
    const bool ascii = std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) require(written == bytes, "a JSON string reads as what was written");
    else require(written.size() <= 3 * bytes.size(), "a JSON string is as long as what was written");
}

void check_value(const JsonMember& member, const Value& value) {
    const auto check_number = [&](auto number) {
        require(member.value == std::to_string(number), "a JSON number reads as what was written");
        require(member.is_string == (number > decltype(number){1} << 53 || number < -(std::int64_t{1} << 53)),
                "only what a double would round is a string");
    };
    if (const auto* text = std::get_if<Untrusted>(&value)) check_string(member.value, text->bytes);
    if (std::holds_alternative<Absent>(value)) require(member.value == "null", "what is absent is null");
    if (const auto* number = std::get_if<std::int64_t>(&value)) check_number(*number);
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        require(member.value == std::to_string(*number), "a JSON number reads as what was written");
        require(member.is_string == (*number > std::uint64_t{1} << 53), "only what a double would round is a string");
    }
}

std::string written(const SinkInfo& sink, std::span<const std::vector<Value>> rows, std::string_view text) {
    test::StringOutput kept;
    SinkOutput output(sink, kept);
    Frame frame;
    frame.facts.members = {{"text", std::string(text)},
                           {"list", FactList{{{"", Value(std::uint64_t{8})}, {"", std::string(text)}}}},
                           {"object", FactObject{{{"nothing", Value(Absent{})}}}}};
    output.begin(frame);
    output.columns({kColumns, ""});
    if (!output.takes_lines())
        for (const std::vector<Value>& row : rows) output.row(row);
    output.end(frame);
    require(output.flush().ok(), "memory can be written");
    return kept.text();
}

void run(Bytes bytes) {
    Input input(bytes);
    const std::string_view text = text_of(input);
    std::vector<std::vector<Value>> rows;
    while (!input.empty()) {
        std::vector<Value>& row = rows.emplace_back();
        for (std::size_t i = 0; i < std::size(kColumns); ++i) row.push_back(value_of(input));
        if (rows.size() == 1) break;  // a row's words are kept until the next
    }
    for (const SinkInfo& sink : sinks()) {
        const std::string made = written(sink, rows, text);
        check_output(sink.name, made);
        if (sink.name != "jsonl") continue;
        const auto objects = parse_jsonl(made);
        require(objects.size() == rows.size() + 2, "JSON lines are a header, the rows and a trailer");
        check_string(objects.front().at(1).value, text);
        for (std::size_t r = 0; r < rows.size(); ++r)
            for (std::size_t i = 0; i < std::size(kColumns); ++i) check_value(objects[r + 1].at(i), rows[r][i]);
    }
}

std::vector<std::string> seeds() {
    const std::string number = packed(~std::uint64_t{0} >> 3);
    const std::string words = "\4\2" + number + number;
    return {
        std::string("\5hello\5\4a,\"b\1") + number + "\2" + number + std::string("\0", 1),
        std::string("\0", 1) + words + "\3" + packed(std::uint32_t{1234}) + "\5\6\xf0\x9f\x98\x80\x1b[\5\3\xed\xa0\x80",
        "\3\xff\xfe\n\5\2\r\n\5\1\\\5\1\t"};
}

}  // namespace

extern const Target kSinks;
const Target kSinks{"sinks", 1024, run, seeds};

}  // namespace kstrax::fuzz
