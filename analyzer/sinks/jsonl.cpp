// SPDX-License-Identifier: GPL-2.0-or-later
// A JSON object a line: a header, the rows, a trailer.
#include <utility>

#include "analyzer/sinks/sink.hpp"
#include "analyzer/sinks/value_text.hpp"

namespace kstrax {

namespace {

/// Readers of JSON keep a number as a double, which rounds what lies beyond 2^53 without a word.
/// A string is kept as it is.
void append_json_number(TextBuffer& out, auto number) {
    constexpr auto kLargestExact = std::int64_t{1} << 53;
    const bool exact = std::cmp_less_equal(number, kLargestExact) && std::cmp_greater_equal(number, -kLargestExact);
    if (!exact) out.push_back('"');
    append_number(out, number);
    if (!exact) out.push_back('"');
}

void append_value(TextBuffer& out, const Value& value) {
    std::visit(Overloaded{
                   [&](Absent) { append(out, "null"); },
                   [&](std::uint64_t number) { append_json_number(out, number); },
                   [&](std::int64_t number) { append_json_number(out, number); },
                   [&](Name name) { append_json_string(out, name.text); },
                   [&](Untrusted text) { append_json_string(out, text.bytes); },
                   [&](Hundredths number) { append_hundredths(out, number); },
                   [&](Words words) {
                       if (words.words.empty()) append(out, "[]");
                       append_words(out, words, "[\"", "\",\"", "\"]");
                   },
               },
               value);
}

void append_fact(TextBuffer& out, const Fact& fact);

void append_facts(TextBuffer& out, std::span<const Fact> facts) {
    for (const Fact& fact : facts) {
        if (&fact != facts.data()) out.push_back(',');
        append_fact(out, fact);
    }
}

void append_fact(TextBuffer& out, const Fact& fact) {
    if (!fact.name.empty()) {
        append_json_string(out, fact.name);
        out.push_back(':');
    }
    std::visit(Overloaded{
                   [&](const Value& value) { append_value(out, value); },
                   [&](const std::string& text) { append_json_string(out, text); },
                   [&](const FactObject& object) {
                       out.push_back('{');
                       append_facts(out, object.members);
                       out.push_back('}');
                   },
                   [&](const FactList& list) {
                       out.push_back('[');
                       append_facts(out, list.members);
                       out.push_back(']');
                   },
               },
               fact.is);
}

class JsonlSink final : public Sink {
  public:
    void begin(TextBuffer& out, const Frame& head) override { append_frame(out, "header", head); }
    /// Millions of rows have the same names, so what stands before their values is made once.
    void columns(TextBuffer&, const Schema& schema) override {
        before_.clear();
        for (const ColumnInfo& column : schema.columns) {
            TextBuffer name;
            append_json_string(name, column.name);
            before_.push_back(fmt::format("{}{}:", before_.empty() ? '{' : ',', name.view()));
        }
    }
    void row(TextBuffer& out, std::span<const Value> values) override {
        for (std::size_t i = 0; i < values.size(); ++i) {
            append(out, before_[i]);
            append_value(out, values[i]);
        }
        append(out, "}\n");
    }
    void end(TextBuffer& out, const Frame& tail) override { append_frame(out, "trailer", tail); }

  private:
    static void append_frame(TextBuffer& out, std::string_view type, const Frame& frame) {
        append(out, R"({"type":)");
        append_json_string(out, type);
        if (!frame.facts.members.empty()) out.push_back(',');
        append_facts(out, frame.facts.members);
        append(out, "}\n");
    }

    std::vector<std::string> before_;  // by column: the bracket or comma, and the name
};

}  // namespace

std::unique_ptr<Sink> make_jsonl_sink() { return std::make_unique<JsonlSink>(); }

}  // namespace kstrax
