// SPDX-License-Identifier: GPL-2.0-or-later
// Sinks write columns, rows and facts of whatever it may be: here, of nothing that was recorded.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "analyzer/sinks/csv_forms.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/sinks/sink.hpp"

using namespace kstrax;

namespace {

class Kept final : public Output {
  public:
    Result<void> write(std::string_view bytes) override {
        text.append(bytes);
        return {};
    }
    std::string text;
};

/// A row of one value.
std::string written(const SinkInfo& sink, const Value& value) {
    Kept kept;
    SinkOutput output(sink, kept);
    const ColumnInfo columns[] = {{"v"}};
    output.columns({columns, ""});
    (void)output.flush();
    kept.text.clear();
    output.row(std::span(&value, 1));
    (void)output.flush();
    return kept.text;
}

std::string written(std::string_view sink, const Value& value) { return written(*find_sink(sink), value); }

struct Fruit {
    std::string_view name;
    std::uint64_t weight;
};
constexpr std::array kColumns{
    Column<Fruit>{"name", [](const Fruit& f) -> Value { return Untrusted{f.name}; }},
    Column<Fruit>{"weight", [](const Fruit& f) -> Value { return f.weight; }},
};
constexpr RowForm<Fruit> kForm{kColumns, "# fruit", [](TextBuffer& out, const Fruit& fruit) {
                                   append_c_escaped(out, fruit.name);
                                   fmt::format_to(std::back_inserter(out), ": {} g", fruit.weight);
                               }};

std::string report_on_fruit(const SinkInfo& sink) {
    Kept kept;
    SinkOutput output(sink, kept);
    Frame head;
    head.facts.members = {{"shop", std::string("Kr\"am\n")},
                          {"open", FactList{{{"", Value(std::uint64_t{8})}, {"", Value(std::uint64_t{18})}}}},
                          {"till", FactObject{{{"drawer", Value(Absent{})}}}}};
    append(head.lines, "# fruit of the shop\n");
    output.begin(head);
    RowWriter<Fruit> rows(kForm, output);
    rows.put({"fig, dried", 7});
    rows.put({"pear", 150});
    Frame tail;
    tail.facts.members = {{"rows", Value(std::uint64_t{2})}};
    append(tail.lines, "# closed\n");
    output.end(tail);
    (void)output.flush();
    return kept.text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sinks_of_reports)

BOOST_AUTO_TEST_CASE(values_in_json_and_csv) {
    const std::uint64_t words[] = {0, 0x10, ~std::uint64_t{0}};
    const struct {
        Value value;
        std::string_view json;
        std::string_view csv;
    } cases[] = {
        {Absent{}, "null", ""},
        {std::uint64_t{18446744073709551615U}, R"("18446744073709551615")", "18446744073709551615"},
        {std::int64_t{-9223372036854775807 - 1}, R"("-9223372036854775808")", "-9223372036854775808"},
        {std::uint64_t{9007199254740992}, "9007199254740992", "9007199254740992"},
        {std::uint64_t{9007199254740993}, R"("9007199254740993")", "9007199254740993"},
        {std::int64_t{-9007199254740992}, "-9007199254740992", "-9007199254740992"},
        {std::int64_t{-9007199254740993}, R"("-9007199254740993")", "-9007199254740993"},
        {Name{"read"}, "\"read\"", "read"},
        {Untrusted{"a,\n\"\xff"}, R"("a,\u000a\"\ufffd")", R"("a,\n\""\377")"},
        {Untrusted{""}, "\"\"", ""},
        {Words{words}, R"(["0x0","0x10","0xffffffffffffffff"])", "0x0 0x10 0xffffffffffffffff"},
        {Words{}, "[]", ""},
    };
    for (const auto& one : cases) {
        BOOST_TEST(written("jsonl", one.value) == "{\"v\":" + std::string(one.json) + "}\n");
        BOOST_TEST(written("csv", one.value) == std::string(one.csv) + "\n");
    }
}

// Any user of the machine chose these texts; a spreadsheet would run what looks like a formula.
BOOST_AUTO_TEST_CASE(csv_for_spreadsheets_and_as_it_is) {
    const struct {
        Value value;
        std::string_view excel;
        std::string_view plain;
    } cases[] = {
        {Untrusted{"=1+1"}, "'=1+1", "=1+1"},  {Untrusted{"+1"}, "'+1", "+1"},
        {Untrusted{"-1"}, "'-1", "-1"},        {Untrusted{"@SUM(A1)"}, "'@SUM(A1)", "@SUM(A1)"},
        {Untrusted{"'=1"}, "''=1", "'=1"},     {Untrusted{"=1,\"x\""}, R"("'=1,\""x\""")", R"("=1,\""x\""")"},
        {Untrusted{"\t=1"}, "\\t=1", "\\t=1"}, {Untrusted{"a;=1"}, "a\\073=1", "a;=1"},
        {Untrusted{"a=1"}, "a=1", "a=1"},      {std::int64_t{-1}, "-1", "-1"},
        {Name{"read"}, "read", "read"},
    };
    BOOST_TEST_REQUIRE(csv_forms().size() == 2U);
    for (const auto& one : cases) {
        BOOST_TEST(written(*csv_forms()[0].sink, one.value) == std::string(one.excel) + "\n");
        BOOST_TEST(written("csv", one.value) == std::string(one.excel) + "\n");
        BOOST_TEST(written(*csv_forms()[1].sink, one.value) == std::string(one.plain) + "\n");
    }
}

BOOST_AUTO_TEST_CASE(each_writes_a_report_on_anything) {
    BOOST_TEST(report_on_fruit(*find_sink("text")) ==
               "# fruit of the shop\n# fruit\nfig, dried: 7 g\npear: 150 g\n# closed\n");
    BOOST_TEST(report_on_fruit(*find_sink("csv")) == "name,weight\n\"fig, dried\",7\npear,150\n");
    BOOST_TEST(report_on_fruit(*find_sink("jsonl")) ==
               R"({"type":"header","shop":"Kr\"am\u000a","open":[8,18],"till":{"drawer":null}})"
               "\n{\"name\":\"fig, dried\",\"weight\":7}\n{\"name\":\"pear\",\"weight\":150}\n"
               "{\"type\":\"trailer\",\"rows\":2}\n");
}

BOOST_AUTO_TEST_CASE(the_table_has_each_once) {
    for (const SinkInfo& sink : sinks()) BOOST_TEST(find_sink(sink.name) == &sink);
    BOOST_TEST(sinks().front().takes_lines);  // what a report is for whom nothing is said
    BOOST_TEST(find_sink("html") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
