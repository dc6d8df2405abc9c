// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings of which a CPU is missing: a buffer file that was not copied, a ring that the dump lacks.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "tests/support/calls.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

bool has(std::string_view text, std::string_view words) { return text.find(words) != text.npos; }

// 10 ended on CPU 1, 11 began there, 12 began and ended on CPU 0.
constexpr std::string_view kScript = R"(
    cpus 3
    0 100 tid=10 nanosleep
    1 110 tid=10 nanosleep = 0
    1 120 tid=11 read
    0 130 tid=11 read = 5
    2 140 tid=12 write
    2 150 tid=12 write = 1
)";

/// The files of kScript without those of one CPU.
struct WithoutCpu1 {
    WithoutCpu1() {
        const RingImage image(kScript);
        const SearchedMemory memory(image.memory);
        BOOST_TEST_REQUIRE(write_buffer_files(memory.recording(), folder.path("trace"), {}).ok());
        std::filesystem::remove(folder.path("trace_1"));
        auto opened = open_buffer_files(folder.path("trace"));
        BOOST_TEST_REQUIRE(opened.ok());
        set = std::move(*opened);
    }
    [[nodiscard]] std::string report(ReportKind kind, std::string_view format = "text") const {
        return make_report(set.recording, kind, format).text;
    }

    TempFolder folder;
    BufferFileSet set;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(missing_cpu)

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_missing) {
    const WithoutCpu1 files;
    BOOST_TEST(files.set.recording.missing == std::vector<CpuId>{1}, boost::test_tools::per_element());
    BOOST_TEST(mentions(files.set.recording.findings, "trace_1: is missing"));
}

BOOST_AUTO_TEST_CASE(calls_that_it_may_hold_the_rest_of_are_not_sure) {
    const WithoutCpu1 files;
    const std::string text = files.report(ReportKind::Paired);
    BOOST_TEST(has(text, "nanosleep(0x0, 0x0) = ? <may have ended: records are missing>\n"));
    BOOST_TEST(has(text, "read(?) = 0x5 <entry lost>\n"));
    BOOST_TEST(has(text, "write(0x0, 0x0, 0x0) = 0x1\n"));  // side by side in one ring
    BOOST_TEST(has(text, "\n# missing: CPU 1, and with it entries and exits of the calls below\n"));
    BOOST_TEST(has(text, "# lost: 0 records of 0 calls; all of CPU 1\n"));
    BOOST_TEST(!has(text, "in flight"));
}

BOOST_AUTO_TEST_CASE(every_format_says_it) {
    const WithoutCpu1 files;
    BOOST_TEST(has(files.report(ReportKind::InFlight), "nanosleep(0x0, 0x0) <may have ended: records are missing>\n"));
    for (const char* format : {"jsonl", "csv"})
        for (const ReportKind kind : {ReportKind::Paired, ReportKind::InFlight}) {
            const std::string text = files.report(kind, format);
            BOOST_TEST(has(text, "may_have_ended"));
            BOOST_TEST(!has(text, R"("state":"in_flight")"));
            BOOST_TEST(!has(text, ",in_flight\n"));
        }
    BOOST_TEST(has(files.report(ReportKind::Paired, "jsonl"), R"({"cpu":1,"capacity":64,"written":null)"));
    BOOST_TEST(has(files.report(ReportKind::Paired, "jsonl"), R"("trust":"missing")"));
    BOOST_TEST(has(files.report(ReportKind::Summary, "csv"), ",missing\n"));
}

BOOST_AUTO_TEST_CASE(the_summary_has_a_line_for_it) {
    const WithoutCpu1 files;
    const std::string text = files.report(ReportKind::Summary);
    BOOST_TEST(has(text, "missing    CPU 1: calls below may lack entry or exit because of it\n"));
    BOOST_TEST(has(text, "# in flight at the end: 0, and 1 that may have ended\n"));
    BOOST_TEST(has(text,
                   "\n    1            -            -            -           -      -  -                   -           "
                   "        missing\n"));
}

BOOST_AUTO_TEST_CASE(a_ring_whose_pages_are_not_in_the_dump_is_as_bad) {
    const auto lines = paired_calls(std::string(kScript).append("hole 1 0 1\n"));
    const std::vector<std::string> expected{"11 read -130 entry_lost = 5", "12 write 140-150 complete = 1",
                                            "10 nanosleep 100- may_have_ended"};
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gap_behind_a_call_s_entry_may_hold_its_exit) {
    // The third of CPU 1's pages of 56 entries; what begins behind it is sure.
    std::string script = "cpus 2\nentries 256\n0 10 tid=10 nanosleep\n0 900 tid=11 nanosleep\n";
    for (int i = 0; i < 200; ++i) script += "1 " + std::to_string(100 + i) + " tid=12 read\n";
    script += "hole 1 2\n";
    const auto lines = paired_calls(script);
    BOOST_TEST(mentions(lines, "10 nanosleep 10- may_have_ended"));
    BOOST_TEST(mentions(lines, "11 nanosleep 900- in_flight"));
}

BOOST_AUTO_TEST_CASE(the_record_that_a_cpu_was_writing_when_it_stopped_makes_no_call_doubtful) {
    BOOST_TEST(mentions(paired_calls("cpus 2\n0 10 tid=10 read\n1 20 tid=11 read\n1 torn\n"), "10 read 10- in_flight"));
}

BOOST_AUTO_TEST_CASE(cpus_are_listed_briefly) {
    BOOST_TEST(cpu_list(std::vector<CpuId>{1}) == "CPU 1");
    BOOST_TEST(cpu_list(std::vector<CpuId>{1, 3, 4, 5, 9}) == "CPUs 1, 3-5, 9");
}

BOOST_AUTO_TEST_SUITE_END()
