// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 4180: a line of names, then a line a row. An absent value is an empty field.
#include <array>

#include "analyzer/sinks/csv_forms.hpp"
#include "analyzer/sinks/value_text.hpp"

namespace kstrax {

namespace {

/// A cell that spreadsheets take as the text that it is. Those of some countries part cells at semicolons, too, so a text
/// holds none. Numbers are no text: -1 stays -1.
void append_guarded(TextBuffer& out, std::string_view text) {
    constexpr std::string_view kFormula = "=+-@'";  // the guard itself, too: so it can be taken away again
    std::string guarded;
    if (!text.empty() && kFormula.find(text.front()) != kFormula.npos) guarded.push_back('\'');
    for (const char c : text) {
        if (c == ';') guarded += "\\073";
        else guarded.push_back(c);
    }
    append_csv_field(out, guarded);
}

template <bool kGuarded>
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

  private:
    static void append_text(TextBuffer& out, std::string_view bytes) {
        TextBuffer escaped;
        append_c_escaped(escaped, bytes);
        if (kGuarded) append_guarded(out, escaped.view());
        else append_csv_field(out, escaped.view());
    }
    static void append_value(TextBuffer& out, const Value& value) {
        std::visit(Overloaded{
                       [&](Absent) {},
                       [&](std::uint64_t number) { append_number(out, number); },
                       [&](std::int64_t number) { append_number(out, number); },
                       [&](Name name) { append_csv_field(out, name.text); },
                       [&](Untrusted text) { append_text(out, text.bytes); },
                       [&](Words words) { append_words(out, words, "", " ", ""); },
                       [&](Hundredths number) { append_hundredths(out, number); },
                   },
                   value);
    }
};

template <bool kGuarded>
std::unique_ptr<Sink> make() {
    return std::make_unique<CsvSink<kGuarded>>();
}

template <bool kGuarded>
constexpr SinkInfo kCsv{.name = "csv", .takes_lines = false, .rows_alone = true, .make = make<kGuarded>};

constexpr std::array kForms{CsvForm{"excel", &kCsv<true>}, CsvForm{"plain", &kCsv<false>}};

}  // namespace

std::span<const CsvForm> csv_forms() { return kForms; }

}  // namespace kstrax
