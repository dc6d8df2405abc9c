// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 4180: a line of names, then a line a row. An absent value is an empty field.
#include "analyzer/sinks/sink.hpp"
#include "analyzer/sinks/value_text.hpp"

namespace kstrax {

namespace {

void append_value(TextBuffer& out, const Value& value) {
    std::visit(Overloaded{
                   [&](Absent) {},
                   [&](std::uint64_t number) { append_number(out, number); },
                   [&](std::int64_t number) { append_number(out, number); },
                   [&](Name name) { append_csv_field(out, name.text); },
                   [&](Untrusted text) {
                       TextBuffer escaped;
                       append_c_escaped(escaped, text.bytes);
                       append_csv_field(out, escaped.view());
                   },
                   [&](Words words) { append_words(out, words, "", " ", ""); },
                   [&](Hundredths number) { append_hundredths(out, number); },
               },
               value);
}

class CsvSink final : public Sink {
  public:
    void columns(TextBuffer& out, const Schema& schema) override {
        for (const ColumnInfo& column : schema.columns) {
            if (&column != schema.columns.data()) out.push_back(',');
            append(out, column.name);
        }
        out.push_back('\n');
    }
    void row(TextBuffer& out, std::span<const Value> values) override {
        for (const Value& value : values) {
            if (&value != values.data()) out.push_back(',');
            append_value(out, value);
        }
        out.push_back('\n');
    }
};

}  // namespace

std::unique_ptr<Sink> make_csv_sink() { return std::make_unique<CsvSink>(); }

}  // namespace kstrax
