// SPDX-License-Identifier: GPL-2.0-or-later
// Reports of calls in the order of a field, and of the first of them.
#include "analyzer/views/call_order.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/query/expression.hpp"
#include "tests/support/named_tasks.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kScript = R"(
    cpus 2
    0 100 tid=10 read
    0 150 tid=10 read = 7
    0 200 tid=11 openat path=/b
    0 900 tid=11 openat = -ENOENT
    1 1000 tid=12 openat path=/a
    1 1050 tid=12 openat = 3
    1 2000 tid=10 write
    1 2400 tid=10 write = 900
    0 3000 tid=11 futex
    panic 9000 0 12
)";

struct Ordered {
    std::string error;
    std::vector<std::string> lines;
};
Ordered ordered(std::string_view sort, ReportKind kind = ReportKind::Paired, std::optional<std::uint64_t> first = {},
                std::string_view format = "text", TimeStyle times = {}) {
    static const NamedTasks tasks;
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    StringOutput output;
    Filter filter;
    filter.last = first;
    const auto outcome = write_report(searched.recording(),
                                      {.kind = kind,
                                       .sink = find_sink(format),
                                       .tool = "test",
                                       .source = "image",
                                       .source_format = "test",
                                       .filter = filter,
                                       .times = times,
                                       .sort = std::string(sort),
                                       .notes = &tasks},
                                      output);
    if (!outcome) return {outcome.error().message, {}};
    return {"", lines_of(output.text())};
}

/// The calls' first letters: read, write, openat and its path, futex.
std::string letters(const Ordered& report) {
    std::string all;
    for (const std::string& line : report.lines) {
        if (line.starts_with('#')) continue;
        for (const std::string_view name : {"read(", "write(", "/a", "/b", "futex("})
            if (line.find(name) != line.npos) all += name[name[0] == '/' ? 1 : 0];
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(call_order)

BOOST_AUTO_TEST_CASE(rows_stand_by_a_field) {
    BOOST_TEST(letters(ordered("")) == "rbawf");
    BOOST_TEST(letters(ordered("duration")) == "fbwra");  // equals stay as they came
    BOOST_TEST(letters(ordered("duration_ns")) == "fbwra");
    BOOST_TEST(letters(ordered("start")) == "rbawf");
    BOOST_TEST(letters(ordered("pid")) == "rwbfa");
    BOOST_TEST(letters(ordered("cpu")) == "rbfaw");
    BOOST_TEST(letters(ordered("name")) == "fbarw");
    BOOST_TEST(letters(ordered("ret")) == "wrabf");  // what has none stands last
    BOOST_TEST(letters(ordered("path")) == "abrwf");
    BOOST_TEST(letters(ordered("error")) == "brawf");
    BOOST_TEST(letters(ordered("command")) == "arwbf");
}

BOOST_AUTO_TEST_CASE(the_first_of_them_alone) {
    BOOST_TEST(letters(ordered("duration", ReportKind::Paired, 2)) == "fb");
    BOOST_TEST(letters(ordered("duration", ReportKind::Paired, 4)) == "fbwr");
    BOOST_TEST(letters(ordered("pid", ReportKind::Paired, 3)) == "rwb");
    BOOST_TEST(letters(ordered("pid", ReportKind::Paired, 0)) == "");
    BOOST_TEST(letters(ordered("pid", ReportKind::Paired, 99)) == "rwbfa");
    BOOST_TEST(ordered("pid", ReportKind::Paired, 3).lines.at(1) == "# sorted by pid, the first 3");
    BOOST_TEST(ordered("pid").lines.at(1) == "# sorted by pid");
    const auto machine = ordered("duration", ReportKind::Paired, 1, "jsonl").lines;
    BOOST_TEST(machine.at(0).find(R"("sort":"duration","first":1,)") != std::string::npos);
    BOOST_TEST(machine.at(1).find(R"("name":"futex")") != std::string::npos);
    BOOST_TEST(machine.at(2).starts_with(R"({"type":"trailer","rows":1,)"));
}

BOOST_AUTO_TEST_CASE(what_is_in_flight_as_well) {
    BOOST_TEST(letters(ordered("duration", ReportKind::InFlight)) == "f");
    BOOST_TEST(letters(ordered("pid", ReportKind::InFlight, 0)) == "");
}

BOOST_AUTO_TEST_CASE(what_calls_cannot_be_sorted_by_is_said) {
    BOOST_TEST(ordered("args").error.starts_with("--sort args: calls cannot be sorted by it, but by pid, tgid, cpu, "));
    BOOST_TEST(ordered("duratoin").error.starts_with("--sort duratoin: no such field; did you mean 'duration'?"));
    BOOST_TEST(ordered("total").error.starts_with("--sort total: no such field; there are pid, "));
    BOOST_TEST(ordered("pid", ReportKind::Raw).error == "--sort goes with -t, -i and -c");
    BOOST_TEST(ordered("pid", ReportKind::Paired, {}, "text", {TimeForm::Delta, false, 9}).error ==
               "--sort: with --time=delta, times are told from the line before");
}

BOOST_AUTO_TEST_SUITE_END()
