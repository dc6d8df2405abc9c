// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's log between the calls of a paired report.
#include "analyzer/views/log_beside.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/open/kernel_time.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kScript = R"(
    cpus 2
    0 1000 tid=10 read
    0 1500 tid=10 read = 7
    1 2000 tid=12 openat path=/a
    1 2500 tid=12 openat = 3
    1 2600 tid=12 futex
    panic 9000 0 12
)";

LogEntries log_of(std::vector<LogEntry> lines, bool related = true) { return {std::move(lines), related, {}}; }

struct Wanted {
    Filter filter = {};
    std::string_view format = "text";
    std::string sort = {};
    TimeStyle times = {.form = TimeForm::Monotonic};
    bool colored = false;
};

std::string report_with(const LogEntries& log, const Wanted& wanted = {}) {
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    StringOutput output;
    const auto outcome = write_report(searched.recording(),
                                      {.kind = ReportKind::Paired,
                                       .sink = find_sink(wanted.format),
                                       .tool = "test",
                                       .source = "image",
                                       .source_format = "test",
                                       .filter = wanted.filter,
                                       .times = wanted.times,
                                       .sort = wanted.sort,
                                       .colored = wanted.colored,
                                       .log = &log},
                                      output);
    return outcome ? output.text() : "error: " + outcome.error().message;
}

/// The calls' names and the log's texts, in their order.
std::string order_of(const std::string& report) {
    std::string all;
    for (const std::string& line : lines_of(report)) {
        if (line.starts_with("# log ")) all += line.substr(line.rfind(' ') + 1) + " ";
        for (const std::string_view call : {"read", "openat", "futex"})
            if (line.find(std::string(call) + "(") != line.npos) all += std::string(call) + " ";
    }
    return all;
}

const LogEntries kLog =
    log_of({{5, 6, "boot"}, {1200, 6, "A"}, {1500, 6, "B"}, {1900, 6, "C"}, {2550, 6, "D"}, {9500, 0, "panic"}});

}  // namespace

BOOST_AUTO_TEST_SUITE(log_beside)

BOOST_AUTO_TEST_CASE(lines_stand_where_calls_had_not_ended) {
    const std::string report = report_with(kLog);
    BOOST_TEST(order_of(report) == "A B read C openat D futex panic ");
    BOOST_TEST(report.find("# log        0.000001200  A\n") != report.npos);
    BOOST_TEST(report.find("# log: 5 records; 1 older than the first call (--log alone shows all)\n") != report.npos);
    BOOST_TEST(report.find("# the log's clock was set") != report.npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_shift_of_the_clock_is_said) {
    const std::string report = report_with(log_of({{1200, {}, "A"}}, false));
    BOOST_TEST(report.find("# nothing tells how the log's clock stands to the recording's") != report.npos);
    BOOST_TEST(report.find("# log: 1 records\n") != report.npos);
}

BOOST_AUTO_TEST_CASE(lines_begin_with_the_first_call_that_is_shown) {
    Wanted wanted;
    wanted.filter.tasks = {12};
    BOOST_TEST(order_of(report_with(kLog, wanted)) == "openat D futex panic ");
    wanted.filter.tasks = {99};
    const std::string none = report_with(kLog, wanted);
    BOOST_TEST(order_of(none) == "");
    BOOST_TEST(none.find("# log: 0 records; 6 left out, as no call is shown (--log alone") != none.npos);
}

// As of calls: times of day, and moments that count from the end.
BOOST_AUTO_TEST_CASE(times_hold_for_the_log_too) {
    const auto shown = [](const char* field, Comparison comparison, std::string text) {
        Wanted wanted;
        wanted.filter.conditions.push_back({"time", Expression::compare(field, comparison, {&text, 1}).value(), true});
        return order_of(report_with(kLog, wanted));
    };
    BOOST_TEST(shown("time", Comparison::LessOrEqual, "22:13:20.0000018") == "A B read ");
    BOOST_TEST(shown("time", Comparison::GreaterOrEqual, "22:13:20.000002") == "openat D futex panic ");
    Wanted wanted;
    auto when = parse_when("-7us").value();  // before the panic at 9000
    when.comparison = Comparison::GreaterOrEqual;
    wanted.filter.moments = {when};
    BOOST_TEST(order_of(report_with(kLog, wanted)) == "openat D futex panic ");
    wanted.filter.moments.front().comparison = Comparison::LessOrEqual;
    const std::string early = report_with(kLog, wanted);
    BOOST_TEST(order_of(early) == "A B read C openat ");
    BOOST_TEST(early.find("; 2 outside of the filter's times") != early.npos);
}

BOOST_AUTO_TEST_CASE(bytes_of_the_dump_are_escaped) {
    const std::string report = report_with(log_of({{1200, 3, "\x1b[31m\n#"}}), {.colored = true});
    BOOST_TEST(report.find("  \x1b[31m\\x1b[31m\x1b[0m\n# log        0.000001200  \x1b[31m#\x1b[0m\n") != report.npos);
}

BOOST_AUTO_TEST_CASE(what_has_no_place_for_it_is_refused) {
    BOOST_TEST(report_with(kLog, {.format = "csv"}).starts_with("error: -t --log: in text only"));
    BOOST_TEST(report_with(kLog, {.sort = "duration"}).starts_with("error: -t --log: sorted"));
    BOOST_TEST(
        report_with(kLog, {.times = {.form = TimeForm::Delta}}).starts_with("error: -t --log: with --time=delta"));
}

BOOST_AUTO_TEST_CASE(times_of_the_log_become_the_recordings) {
    BOOST_TEST(to_monotonic(5'547'334'000, -22'932'621) == 5'570'266'621U);
    BOOST_TEST(to_monotonic(5'000'000, 4'000'000) == 1'000'000U);
    BOOST_TEST(to_monotonic(0, 4'000'000) == 0U);  // the first lines of a boot
}

BOOST_AUTO_TEST_SUITE_END()
