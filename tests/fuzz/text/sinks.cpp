// SPDX-License-Identifier: GPL-2.0-or-later
// Every sink, and what it wrote parsed again. An input is a text and a row of values: a kind
// (8 bits) and what it is.
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

constexpr std::size_t kMostWords = 3;

/// `words`: where they are kept, if it is of words.
Value value_of(Input& input, std::span<std::uint64_t, kMostWords> words) {
    const unsigned kind = input.byte() % 6;
    if (kind == 0) return Absent{};
    if (kind == 1) return input.number<std::uint64_t>();
    if (kind == 2) return static_cast<std::int64_t>(input.number<std::uint64_t>());
    if (kind == 3) return Hundredths{input.number<std::uint32_t>()};
    if (kind == 4) return Untrusted{text_of(input)};
    const std::size_t count = input.byte() % (kMostWords + 1);
    for (std::size_t i = 0; i < count; ++i) words[i] = input.number<std::uint64_t>();
    return Words{words.first(count)};
}

/// What is no UTF-8 is written as U+FFFD; where there is none of that, nothing may be lost.
void check_string(std::string_view written, std::string_view bytes) {
    if (written.find("\xef\xbf\xbd") == written.npos)
        require(written == bytes, "a JSON string reads as what was written");
    else require(written.size() <= 3 * bytes.size(), "a JSON string is as long as what was written");
}

void check_value(const JsonMember& member, const Value& value) {
    if (const auto* text = std::get_if<Untrusted>(&value)) check_string(member.value, text->bytes);
    if (std::holds_alternative<Absent>(value)) require(member.value == "null", "what is absent is null");
    const auto check_number = [&](auto number, bool exact) {
        require(member.value == std::to_string(number), "a JSON number reads as what was written");
        require(member.is_string != exact, "only what a double would round is a string");
    };
    constexpr std::int64_t kExact = std::int64_t{1} << 53;
    if (const auto* number = std::get_if<std::int64_t>(&value))
        check_number(*number, *number >= -kExact && *number <= kExact);
    if (const auto* number = std::get_if<std::uint64_t>(&value))
        check_number(*number, *number <= static_cast<std::uint64_t>(kExact));
}

std::string written(const SinkInfo& sink, std::span<const Value> row, std::string_view text) {
    test::StringOutput kept;
    SinkOutput output(sink, kept);
    Frame frame;
    frame.facts.members = {{"text", std::string(text)},
                           {"list", FactList{{{"", Value(std::uint64_t{8})}, {"", std::string(text)}}}},
                           {"object", FactObject{{{"nothing", Value(Absent{})}}}}};
    output.begin(frame);
    output.columns({kColumns, ""});
    if (!output.takes_lines()) output.row(row);
    output.end(frame);
    require(output.flush().ok(), "memory can be written");
    return kept.text();
}

void run(Bytes bytes) {
    Input input(bytes);
    const std::string_view text = text_of(input);
    std::vector<Value> row;
    std::uint64_t words[std::size(kColumns)][kMostWords];
    for (auto& own : words) row.push_back(value_of(input, own));
    for (const SinkInfo& sink : sinks()) {
        const std::string made = written(sink, row, text);
        check_output(sink.name, made);
        if (sink.name != "jsonl") continue;
        const auto objects = parse_jsonl(made);
        require(objects.size() == 3, "JSON lines are a header, the row and a trailer");
        check_string(objects.front().at(1).value, text);
        for (std::size_t i = 0; i < row.size(); ++i) check_value(objects[1].at(i), row[i]);
    }
}

std::vector<std::string> seeds() {
    const std::string number = packed(~std::uint64_t{0} >> 3);
    const std::string words = "\5\2" + number + number;
    return {
        std::string("\5hello\4\4a,\"b\1") + number + "\2" + number + std::string("\0", 1),
        std::string("\0", 1) + words + "\3" + packed(std::uint32_t{1234}) + "\4\6\xf0\x9f\x98\x80\x1b[\4\3\xed\xa0\x80",
        "\3\xff\xfe\n\4\2\r\n\4\1\\\4\1\t\4\1\""};
}

}  // namespace

extern const Target kSinks;
const Target kSinks{"sinks", 1024, run, seeds};

}  // namespace kstrax::fuzz
