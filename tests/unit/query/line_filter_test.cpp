// SPDX-License-Identifier: GPL-2.0-or-later
// Filters on text reports: each promise of the manual's section on kstrax-filter,
// and that they select what the same filters select from the recording itself.
#include "analyzer/lines/line_filter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <thread>

#include "analyzer/lines/line_source.hpp"
#include "analyzer/lines/report_line.hpp"
#include "analyzer/sinks/color.hpp"
#include "tests/support/named_tasks.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/rings/workload.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/time_zone.hpp"

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

Condition condition(std::string_view text) {
    auto expression = Expression::parse(text);
    if (!expression) throw std::runtime_error(expression.error().message);
    return {std::string(text), std::move(*expression)};
}
Filter where(std::string_view text) {
    Filter filter;
    filter.conditions.push_back(condition(text));
    return filter;
}

struct Filtered {
    std::string text;
    LineFilterOutcome outcome;
    std::string error;
};
/// The text comes through a pipe, as kstrax-filter would get it.
Filtered filtered(const std::string& report, const Filter& filter) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    std::thread writer([&] {
        std::string_view rest = report;
        while (!rest.empty()) {
            const ssize_t written = ::write(ends[1], rest.data(), rest.size());
            if (written <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        ::close(ends[1]);
    });
    StringOutput output;
    auto outcome = filter_lines(ends[0], filter, output);
    for (char rest[4096]; ::read(ends[0], rest, sizeof rest) > 0;) {
    }
    writer.join();
    ::close(ends[0]);
    if (!outcome) return {output.text(), {}, outcome.error().message};
    return {output.text(), *outcome, ""};
}

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

namespace {

const char* const kExpressions[] = {
    "pid==101",
    "pid in (92, 121, 4)",
    "call==openat",
    "call in FILE",
    "call~\"*e*\"",
    "error==ENOENT",
    "error",
    "ret && !error",
    "ret==3",
    "ret<0 || ret>1000",
    "path",
    "path~\"/*\"",
    "path~\"*a*\" && error",
    "abi==compat || abi==x32",
    "call==syscall_999",
    "time>=22:13:20.0005",
    "time==22:13:20.0009",
    "time<22:13:20.001",
    "!(pid>100 && call in PROCESS)",
    "error!=EINTR",
    "pid==7777",
};
const char* const kPairedExpressions[] = {
    "end && duration>1us",
    "end && duration<=2us",
    "state==in_flight",
    "state in (uncertain, exit_lost, child_return)",
    "start && !end",
    "end<22:13:20.0006",
    "start && end && duration>900ns",
};
const char* const kRawExpressions[] = {"cpu==1", "serial>5 && serial<=12", "nr==-1 || nr==3", "kind==exit && cpu==0",
                                       "kind!=entry"};

/// How a text looks, which is nothing to what it says.
struct Look {
    TimeStyle times = {};
    bool meanings = false;
    bool colored = false;
    ColumnSet columns = ColumnSet::Manual;
    const TaskNotes* notes = nullptr;
};

StringOutput report_of(const Recording& recording, ReportKind kind, const Filter& filter, const Look& look) {
    StringOutput output;
    ColorOutput colored(output);
    const auto outcome = write_report(recording,
                                      {.kind = kind,
                                       .tool = "test",
                                       .source = "image",
                                       .source_format = "test",
                                       .filter = filter,
                                       .times = look.times,
                                       .columns = look.columns,
                                       .colored = look.colored,
                                       .meanings = look.meanings,
                                       .notes = look.notes},
                                      look.colored ? static_cast<Output&>(colored) : output);
    BOOST_TEST_REQUIRE(outcome.ok());
    return output;
}

/// Both ways to the same lines, or the text says that it cannot tell; answers how many there are.
std::size_t select_both_ways(const Recording& recording, ReportKind kind, const char* expression, const Look& look) {
    std::size_t rows = 0;
    for (const bool names_only : {false, true}) {
        if (names_only && look.colored) continue;  // names alone are never in colour
        Filter filter = where(expression);
        filter.opened = filter.names_only = names_only;
        filter.local_times = look.times.local;
        const Filtered result = filtered(report_of(recording, kind, {}, look).text(), filter);
        if (!result.error.empty() && look.times.digits < kMostDigits) {
            BOOST_TEST((result.error.find("this report does not show") != result.error.npos ||
                        result.error.find("is finer than this report's times") != result.error.npos));
            continue;
        }
        BOOST_TEST(result.error == "");
        BOOST_TEST(result.outcome.unknown == 0U);
        BOOST_TEST(lines_of(result.text) == lines_of(report_of(recording, kind, filter, look).text()),
                   boost::test_tools::per_element());
        if (!names_only) rows = result.outcome.shown;
    }
    return rows;
}

std::size_t select_each_both_ways(const Recording& recording, ReportKind kind, std::span<const char* const> texts,
                                  const Look& look) {
    std::size_t rows = 0;
    for (const char* text : texts) {
        BOOST_TEST_CONTEXT(text) { rows += select_both_ways(recording, kind, text, look); }
    }
    return rows;
}

std::size_t select_all_both_ways(const Recording& recording, const Look& look = {}) {
    return select_each_both_ways(recording, ReportKind::Paired, kExpressions, look) +
           select_each_both_ways(recording, ReportKind::Paired, kPairedExpressions, look) +
           select_each_both_ways(recording, ReportKind::Raw, kExpressions, look) +
           select_each_both_ways(recording, ReportKind::Raw, kRawExpressions, look);
}

const TimeStyle kStyles[] = {{TimeForm::Wall, true, 9},       {TimeForm::Wall, false, 6},
                             {TimeForm::Wall, true, 3},       {TimeForm::Monotonic, false, 9},
                             {TimeForm::Monotonic, false, 6}, {TimeForm::Relative, false, 9},
                             {TimeForm::Relative, false, 1}};

}  // namespace

BOOST_AUTO_TEST_CASE(text_and_source_agree_with_names_and_colours) {
    for (const char* name : {"tests/golden/x86_64.script", "tests/golden/ia32.script", "tests/golden/ia64.script"}) {
        const RingImage image(read_file(name));
        const SearchedMemory searched(image.memory);
        for (const Look& look : {Look{{}, true, false}, Look{{}, false, true}, Look{{}, true, true}}) {
            BOOST_TEST_CONTEXT(name << " " << look.meanings << look.colored) {
                BOOST_TEST(select_all_both_ways(searched.recording(), look) > 50U);
            }
        }
    }
}

// Lines with more columns tell more, whatever tasks are called.
BOOST_AUTO_TEST_CASE(text_and_source_agree_on_full_columns) {
    const NamedTasks tasks;
    const std::string workload = "cpus 4\nentries 4000\n" + make_workload("x86_64", 4, 2000U).script;
    for (const std::string& script : {read_file("tests/golden/x86_64.script"), workload}) {
        const RingImage image(script);
        const SearchedMemory searched(image.memory);
        const Recording recording = searched.recording();
        for (const TaskNotes* notes : {static_cast<const TaskNotes*>(nullptr), static_cast<const TaskNotes*>(&tasks)})
            for (const TimeStyle& times : {TimeStyle{}, TimeStyle{TimeForm::Relative, false, 3}})
                for (const bool colored : {false, true}) {
                    const Look look{times, colored, colored, ColumnSet::Full, notes};
                    BOOST_TEST(select_all_both_ways(recording, look) > 50U);
                    BOOST_TEST(select_both_ways(recording, ReportKind::Paired, "cpu==1", look) > 0U);
                }
        const Look look{{}, false, false, ColumnSet::Full, &tasks};
        std::size_t named = 0;
        for (const std::string_view name : kHardNames) {
            std::string text = "command==\"";
            for (const char c : name) {
                if (c == '"' || c == '\\') text += '\\';
                c == '\n' ? text += "\\n" : text += c;
            }
            named += select_both_ways(recording, ReportKind::Paired, (text + '"').c_str(), look);
        }
        BOOST_TEST(named > 0U);
        BOOST_TEST(select_both_ways(recording, ReportKind::Paired, "command~\"*\"", look) == named);
        BOOST_TEST(select_both_ways(recording, ReportKind::Paired, "!command", look) > 0U);
    }
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

// Whatever clock the text shows: also a zone that is not whole hours away, on the other side of midnight.
BOOST_AUTO_TEST_CASE(text_and_source_agree_by_every_clock) {
    const TimeZone zone("XST-5:45");
    for (const char* name : {"tests/golden/x86_64.script", "tests/golden/ia32.script"}) {
        const RingImage image(read_file(name));
        const SearchedMemory searched(image.memory);
        for (const TimeStyle& style : kStyles) {
            BOOST_TEST_CONTEXT(name << " " << static_cast<int>(style.form) << " " << style.digits) {
                BOOST_TEST(select_all_both_ways(searched.recording(), {style}) > 30U);
            }
        }
    }
}

// The clock is set twice while the golden recording goes on, once over midnight and once back.
BOOST_AUTO_TEST_CASE(text_and_source_agree_where_the_clock_was_set) {
    const RingImage image("step 5000500000 1700093000000000000\nstep 5000700000 1699999999123456000\n" +
                          read_file("tests/golden/x86_64.script"));
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    for (const TimeStyle& style : kStyles) {
        const Look look{style};
        BOOST_TEST_CONTEXT(static_cast<int>(style.form) << " " << style.digits) {
            BOOST_TEST(select_each_both_ways(recording, ReportKind::Raw, kExpressions, look) > 10U);
            BOOST_TEST(select_each_both_ways(recording, ReportKind::Paired, kExpressions, look) > 10U);
        }
    }
    // Seconds tell times of day all the same.
    for (const TimeForm form : {TimeForm::Monotonic, TimeForm::Relative})
        for (const char* text : {"time>=00:03:20 && time<00:03:30", "time>=22:13:20 && time<22:13:30"})
            BOOST_TEST(select_both_ways(recording, ReportKind::Raw, text, {{form, false, 9}}) > 0U);
}

BOOST_AUTO_TEST_CASE(monotonic_times_are_known_from_their_text) {
    const RingImage image(read_file("tests/golden/x86_64.script"));
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    for (const TimeForm form : {TimeForm::Monotonic, TimeForm::Relative}) {
        for (const char* text : {"start_ns<=5000600000", "end_ns>5.0007s", "time_ns>0 && !end_ns"})
            BOOST_TEST(select_both_ways(recording, ReportKind::Paired, text, {{form, false, 9}}) > 0U);
        BOOST_TEST(select_both_ways(recording, ReportKind::Raw, "time_ns>=5000500000", {{form, false, 9}}) > 0U);
    }
    BOOST_TEST(select_both_ways(recording, ReportKind::Raw, "time_ns>=5.001s", {{TimeForm::Monotonic, false, 6}}) > 0U);
}

BOOST_AUTO_TEST_CASE(what_a_text_cannot_tell_it_refuses) {
    const RingImage image(read_file("tests/golden/x86_64.script"));
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    const auto error = [&](TimeStyle times, const char* text, std::size_t lines_off) {
        std::string report = report_of(recording, ReportKind::Paired, {}, {times}).text();
        for (std::size_t i = 0; i < lines_off; ++i) report.erase(0, report.find('\n') + 1);
        return filtered(report, where(text)).error;
    };
    const TimeStyle micros{TimeForm::Wall, false, 6};
    BOOST_TEST(
        error(micros, "duration>10ms", 0)
            .starts_with("duration>10ms: this report does not show 'duration' (its times have 6 digits); kstrax-dump"));
    BOOST_TEST(error(micros, "time>22:13:20.0000001", 0) ==
               "time>22:13:20.0000001: is finer than this report's times, which have 6 digits");
    BOOST_TEST(error(micros, "time>22:13:20.000001", 0) == "");
    // A clock that is a shift away is not known to the digit.
    BOOST_TEST(error({TimeForm::Relative, false, 1}, "time>22:13:20", 0).find("does not show 'time'") !=
               std::string::npos);
    // Without its first line, nobody knows what its seconds count from.
    BOOST_TEST(error({TimeForm::Monotonic, false, 9}, "time_ns>0", 0) == "");
    BOOST_TEST(error({TimeForm::Monotonic, false, 9}, "time_ns>0", 1).find("does not show 'time_ns'") !=
               std::string::npos);
    BOOST_TEST(error({TimeForm::Monotonic, false, 9}, "duration>1us", 1) == "");
    for (const std::size_t lines_off : {0U, 2U})
        BOOST_TEST(error({TimeForm::Delta, false, 9}, "pid==100", lines_off).starts_with("its times are differences"));
}

// Filters on the text report, and the same filters on the source, select the same calls.
BOOST_AUTO_TEST_CASE(text_and_source_agree_on_the_goldens) {
    std::size_t scripts = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/golden")) {
        if (entry.path().extension() != ".script") continue;
        ++scripts;
        const RingImage image(read_file(entry.path()));
        const SearchedMemory searched(image.memory);
        BOOST_TEST_CONTEXT(entry.path()) { BOOST_TEST(select_all_both_ways(searched.recording()) > 50U); }
    }
    BOOST_TEST(scripts >= 3U);
}

BOOST_DATA_TEST_CASE(text_and_source_agree_on_random_recordings,
                     bdata::make({"x86_64", "ia32", "ia64"}) * bdata::make({2000U, 3000U}), layout, records) {
    const std::string head = std::string("layout ") + layout + "\ncpus 4\n";
    // One that holds all, and one that is wrapped.
    for (const char* entries : {"entries 4000\n", "entries 300\n"}) {
        const RingImage image(head + entries + make_workload(layout, 4, records).script);
        const SearchedMemory searched(image.memory);
        BOOST_TEST(select_all_both_ways(searched.recording()) > 1000U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
