// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/merge.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/calls.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// "CPU POSITION TIME" of each record.
void check(std::string_view script, std::string_view expected) {
    BOOST_TEST(merged_records(RingImage(script).memory) == expected_lines(expected), boost::test_tools::per_element());
}

/// What is missing before each record: o overwritten, d damaged.
std::vector<std::string> losses(std::string_view script) {
    const RingImage image(script);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    MergedRecords records(recording);
    std::vector<std::string> lines;
    while (const Record* record = records.next()) {
        std::string line = std::to_string(record->entry.time);
        if (records.loss().overwritten) line += " o";
        if (records.loss().damaged) line += " d";
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(merge)

BOOST_AUTO_TEST_CASE(records_come_by_time) {
    check("cpus 3\n0 100 tid=1 read\n0 130 tid=1 read\n1 120 tid=1 read\n2 90 tid=1 read\n2 140 tid=1 read",
          "2 0 90\n0 0 100\n1 0 120\n0 1 130\n2 1 140");
}

BOOST_AUTO_TEST_CASE(equal_times_go_by_cpu_and_keep_each_cpus_order) {
    check("cpus 2\n1 100 tid=1 read\n1 100 tid=1 read\n0 100 tid=1 read\n0 100 tid=1 read",
          "0 0 100\n0 1 100\n1 0 100\n1 1 100");
}

BOOST_AUTO_TEST_CASE(a_cpu_whose_clock_goes_back_keeps_its_order) {
    check("cpus 2\n0 100 tid=1 read\n0 50 tid=1 read\n0 120 tid=1 read\n1 60 tid=1 read\n1 110 tid=1 read",
          "1 0 60\n0 0 100\n0 1 50\n1 1 110\n0 2 120");
}

BOOST_AUTO_TEST_CASE(empty_cpus_say_nothing) { check("cpus 4\n2 100 tid=1 read", "2 0 100"); }

BOOST_AUTO_TEST_CASE(what_a_cpu_lacks_may_be_missing_until_its_next_record) {
    const std::vector<std::string> expected{"100 o d", "110 o d", "120 d", "130", "140"};
    BOOST_TEST(losses("cpus 3\nentries 3\n"
                      "0 90 tid=1 read\n0 110 tid=1 read\n0 130 tid=1 read\n0 140 tid=1 read\n"
                      "1 torn\n1 120 tid=1 read\n"
                      "2 100 tid=1 read\n") == expected,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_missing_at_a_cpus_end_is_missing_from_there_on) {
    const std::vector<std::string> expected{"100", "110 d", "120 d"};
    BOOST_TEST(losses("cpus 2\n0 100 tid=1 read\n0 torn\n1 110 tid=1 read\n1 120 tid=1 read") == expected,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
