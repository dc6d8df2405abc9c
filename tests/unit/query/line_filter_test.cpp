// SPDX-License-Identifier: GPL-2.0-or-later
// Filters on text reports: each promise of the manual's section on kstrax-filter.
#include "analyzer/lines/line_filter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/lines/line_source.hpp"
#include "analyzer/lines/report_line.hpp"
#include "analyzer/sinks/color.hpp"
#include "tests/support/filtered_text.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

const char kPaired[] = R"(# kstrax paired report of host, recorded from 2023-11-14 22:13:20 UTC; times are UTC
#   pid  start               end                 call
    101  22:13:20.000200000  22:13:20.000204000  openat(0xffffff9c, "/tmp/\33[2J\"a\"", 0x80000) = -1 ENOENT (No such file or directory)
    101  22:13:20.000210000  22:13:20.000212000  open("/var/lib/a"..., 0x0, 0x0) = 0x3
    102  22:13:21.000300000  22:13:21.010300000  nanosleep(0x7ffd00003000, 0x0) = ? ERESTART_RESTARTBLOCK (To be restarted by restart_syscall)
     91  -                   22:14:00.000800000  futex(?) = 0x0 <entry overwritten>
    121  22:14:01.000000000  22:14:01.000001000  compat:open("/compat", 0x0, 0x0) = -1 EACCES (Permission denied)
    142  23:13:20.008002000  -                   write(0x3, 0x55561000, 0x2) = ? <in flight>
# lost: 3 records of about 2 calls (2 overwritten, 1 torn)
)";

/// The pids of the calls that are left.
std::string pids(const Filter& filter) {
    const Filtered result = filtered(kPaired, filter);
    BOOST_TEST(result.error == "");
    std::string all;
    for (const std::string& line : lines_of(result.text))
        if (!line.starts_with('#')) all += (all.empty() ? "" : " ") + std::to_string(std::stoi(line));
    return all;
}
std::string pids(std::string_view expression) { return pids(where(expression)); }

std::string kind_of(std::string_view line) {
    constexpr std::string_view kNames[] = {"comment", "paired", "raw", "differences", "unknown"};
    ReportLine reading;
    return std::string(kNames[static_cast<std::size_t>(reading.read(line))]);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(line_filter)

BOOST_AUTO_TEST_CASE(without_filters_the_text_is_the_same) {
    const Filtered result = filtered(kPaired, {});
    BOOST_TEST(result.text == kPaired);
    BOOST_TEST(result.outcome.shown == 6U);
    BOOST_TEST(result.outcome.unknown == 0U);
}

// F1: `-p PID`.
BOOST_AUTO_TEST_CASE(f1_one_process) {
    Filter filter;
    filter.tasks = {101};
    BOOST_TEST(pids(filter) == "101 101");
    filter.tasks = {142, 91};
    BOOST_TEST(pids(filter) == "91 142");
}

// F2: `-e NAME`.
BOOST_AUTO_TEST_CASE(f2_one_system_call) {
    Filter filter;
    filter.calls = {"open"};
    BOOST_TEST(pids(filter) == "101 121");
    filter.calls = {"FILE"};
    BOOST_TEST(pids(filter) == "101 101 121 142");
    filter.calls = {"opem"};
    BOOST_TEST(filtered(kPaired, filter).error == "-e: no system call or class 'opem'; did you mean 'open'?");
}

// F3: `-r` successful calls, `-r ERROR` calls that failed with that error.
BOOST_AUTO_TEST_CASE(f3_successful_calls_and_errors) {
    BOOST_TEST(pids("ret && !error") == "101 91");
    BOOST_TEST(pids("error==ENOENT") == "101");
    BOOST_TEST(pids("error in (ENOENT, EACCES)") == "101 121");
}

// F4: `-t TIME`, with `-A` from that time on, with `-B` up to it.
BOOST_AUTO_TEST_CASE(f4_time) {
    BOOST_TEST(pids("time==22:13:20") == "101 101");
    BOOST_TEST(pids("time==22") == "101 101 102 121");  // as the manual has it: "xx o'clock"
    BOOST_TEST(pids("time>=22:13:21.000300000") == "102 121 142");
    BOOST_TEST(pids("time<=22:13:20.00020") == "101");
    BOOST_TEST(pids("time<=22:13:21") == "101 101 102");
    // "The xx's": any beginning of a time.
    BOOST_TEST(pids("time==22:1") == "101 101 102 121");
    BOOST_TEST(pids("time==22:13:2") == "101 101 102");
    BOOST_TEST(pids("time==2") == "101 101 102 121 142");
}

// F5: `-f` only the names of opened files.
BOOST_AUTO_TEST_CASE(f5_names_alone) {
    Filter filter;
    filter.opened = filter.names_only = true;
    BOOST_TEST(filtered(kPaired, filter).text == "/var/lib/a...\n");
    // Those that were not.
    filter = where("path");
    filter.names_only = true;
    BOOST_TEST(filtered(kPaired, filter).text == "/tmp/\\33[2J\\\"a\\\"\n/var/lib/a...\n/compat\n");
    filter.conditions.push_back(condition("ret && !error"));
    BOOST_TEST(filtered(kPaired, filter).text == "/var/lib/a...\n");
}

BOOST_AUTO_TEST_CASE(expressions_know_what_the_line_shows) {
    BOOST_TEST(pids("duration>5us") == "102");
    BOOST_TEST(pids("state==in_flight && !duration && !end") == "142");
    BOOST_TEST(pids("abi==compat && path~\"/c*\"") == "121");
    BOOST_TEST(pids("path==\"/tmp/\\33[2J\\\"a\\\"\"") == "101");
    BOOST_TEST(pids("ret==3 || state==entry_overwritten") == "101 91");
    BOOST_TEST(pids("error==ERESTART_RESTARTBLOCK") == "102");
    BOOST_TEST(
        filtered(kPaired, where("pid==1 && cpu==1")).error ==
        "pid==1 && cpu==1: this report does not show 'cpu'; kstrax-dump and kstrax take the same filters and know it");
}

BOOST_AUTO_TEST_CASE(it_says_what_is_left_out) {
    const Filtered result = filtered(kPaired, where("pid==1 && path~\"\\n*\""));
    BOOST_TEST(result.outcome.shown == 0U);
    BOOST_TEST(lines_of(result.text).at(1) == "# only: pid==1 && path~\\\"\\\\n*\\\"");
}

const char* const kUnknownLines[] = {
    " ",
    "nonsense",
    "    101  22:13:20.000200000  22:13:20.000204000  open(0x1) = 0x3 and more",
    "    101  22:13:20.000200000  22:13:20.000204000  open(0x1) = ",
    "    101  22:13:20.000200000  22:13:20.000204000  open(0x1 = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  open(\"/a) = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  open(\"/a\\\") = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  open(\"/a\\q\") = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  open(0x1) = ?",
    "    101  22:13:20.000200000  -                   open(0x1) = 0x3",
    "    101  22:13:20.000200000  -                   open(0x1) = ?",
    "    101  -                   22:13:20.000204000  open(?) = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  open(0x1) = -1 ENOENT (Permission denied)",
    "    101  22:13:20.000200000  22:13:20.000204000  open(0x1) = -1 EWHAT (No such file or directory)",
    "    101  22:13:20.000200000  22:13:20.000204000  open(0x1) = 0x10000000000000000",
    "    101  25:13:20.000200000  22:13:20.000204000  open(0x1) = 0x3",
    "    101  22:13:20.0002000000 22:13:20.000204000  open(0x1) = 0x3",
    "99999999999  22:13:20.000200000  22:13:20.000204000  open(0x1) = 0x3",
    "    142  23:13:20.008002000  -                   write(0x3) = ? <in flight for 1>",
    "    142  23:13:20.008002000  -                   write(0x3) = ? <in flight for 1.5",
    "    142  23:13:20.008002000  -                   write(0x3) = ? <sleeping>",
    "    142  -                   -                   write(0x3) = ? <in flight>",
    "      26    1     120  22:13:20.001160000    56  clone",
    "      26    1     120  22:13:20.001160000    56  clone = ?",
    "      26    1     120  22:13:20.001160000  5600  clone = 0x0",
    "      26    1     120  -                     56  clone = 0x0",
    "    101       100.0002        100.000204  open(0x1) = 0x3",
    "    101  22:13:20.000200           100.000204  open(0x1) = 0x3",
    "    101       100.000200000       100.0002040000  open(0x1) = 0x3",
    "    101  99999999999.000200000  99999999999.000204000  open(0x1) = 0x3",
    "    101       100.       100.  open(0x1) = 0x3",
    "      26    1     120  22:13:20.001160000    56  clone ... \"x\"",
    "  148  03:21:29.709483720     0.005256130  write(0x1, 0x3f1cb860, 0x2)",
};
BOOST_DATA_TEST_CASE(lines_that_are_not_wholly_of_their_form_are_none, bdata::make(kUnknownLines), line) {
    BOOST_TEST(kind_of(line) == "unknown");
}

BOOST_AUTO_TEST_CASE(values_are_read_in_every_base) {
    const auto returned = [](const std::string& value) {
        ReportLine reading;
        const std::string line = "    101  22:13:20.000200000  22:13:20.000204000  umask(027) = " + value;
        BOOST_TEST((reading.read(line) == LineKind::Paired));
        return reading.row().number(find_field("ret")->id);
    };
    BOOST_TEST(returned("0x22") == 0x22);
    BOOST_TEST(returned("022") == 022);
    BOOST_TEST(returned("22") == 22);
    BOOST_TEST(returned("0") == 0);
    BOOST_TEST(returned("0xffffffff81000000") == static_cast<std::int64_t>(0xffffffff81000000));
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_counted_and_left_out) {
    std::string text = kPaired;
    text += std::string(5'000'000, 'x') + "\n";  // a line too long
    text += std::string("    103  22:13:20.000200000  22:13:20.00\0", 42) + "\n";
    text += "    104  22:13:20.000200000  22:13:20.000204000  read() = 0x0\n";
    text += "    105  22:13:20.000200000  22:13:20.000204000  read() = 0x1";  // of 0x12, perhaps
    const Filtered result = filtered(text, {});
    BOOST_TEST(result.outcome.shown == 7U);
    BOOST_TEST(result.outcome.unknown == 3U);
    BOOST_TEST(result.outcome.first_unknown == 10U);
    BOOST_TEST(lines_of(result.text).at(9).starts_with("    104 "));
}

BOOST_AUTO_TEST_CASE(lines_of_the_longest_length_are_whole) {
    const TempFolder folder;
    const std::string longest(LineSource::kLongest, 'a');
    const int fd = ::open(folder.write("lines", longest + "\n" + longest + "b\n\nend\n").c_str(), O_RDONLY);
    LineSource source(fd);
    const auto next = [&] { return **source.next(); };
    BOOST_TEST((next().text == longest));
    BOOST_TEST(!next().whole);
    BOOST_TEST(next().text == "");
    BOOST_TEST(next().text == "end");
    BOOST_TEST(source.number() == 4U);
    BOOST_TEST(!source.next()->has_value());
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
    BOOST_TEST(filtered("{\"type\":\"header\",\"tool\":\"x\"}\n", {}).error.starts_with("a report in JSONL; only "));
    BOOST_TEST(filtered("# kstrax statistics report of x\n", {}).error.starts_with("a statistics report; only "));
    std::string text;
    for (int i = 0; i < 100000; ++i) text += "not a report\n";
    BOOST_TEST(filtered(text, {}).error.starts_with("no line is one of"));
    BOOST_TEST(filtered("", {}).error == "");
}

const char* const kUnknownFullLines[] = {
    "    101  22:13:20.000200000  22:13:20.000204000  4.00us    0",
    "    101  22:13:20.000200000  22:13:20.000204000  4.00us    x  open(0x1) = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  4.00      0  open(0x1) = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  >         0  open(0x1) = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  4.00us    0  sh open(0x1) = 0x3",
    "    101  22:13:20.000200000  22:13:20.000204000  4.00us    0  sh               open(0x1) = 0x3 more",
    "    101  22:13:20.000200000  22:13:20.000204000  4.00us    0  s\\q              open(0x1) = 0x3",
};
BOOST_DATA_TEST_CASE(full_lines_that_are_not_wholly_of_their_form_are_none, bdata::make(kUnknownFullLines), line) {
    BOOST_TEST(kind_of(line) == "unknown");
}

BOOST_AUTO_TEST_SUITE_END()
