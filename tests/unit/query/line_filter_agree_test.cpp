// SPDX-License-Identifier: GPL-2.0-or-later
// Filters on text reports select what the same filters select from the recording itself.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "analyzer/sinks/color.hpp"
#include "tests/support/filtered_text.hpp"
#include "tests/support/named_tasks.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/rings/workload.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/time_zone.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

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
    "path_end==cut",
    "path_read==exit",
    "path && path_read!=exit",
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

BOOST_AUTO_TEST_SUITE(line_filter_agree)

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
