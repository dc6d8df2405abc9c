// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings of which the recorder was told to leave something out, and reports that say so.
#include "analyzer/recording/recorded_only.hpp"

#include "analyzer/importers/kstrax/from_abi.hpp"
#include "tests/support/findings.hpp"
#include "tests/unit/trace/pairing.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kCalls = R"(
    0 100 tid=10 openat path="/a"
    0 110 tid=10 openat = 3
    0 120 tid=10 read
)";

std::string with(std::string_view setting) { return std::string(setting) + "\n" + std::string(kCalls); }

}  // namespace

BOOST_AUTO_TEST_SUITE(what_was_recorded_only)

BOOST_AUTO_TEST_CASE(it_is_said_in_words) {
    const auto words = [](const char* setting) {
        const Script script = parse_script(setting);
        return recorded_only(script.filter, script.facts.audit_arch).describe();
    };
    BOOST_TEST(words("only 123 FILE") == "process 123; calls: FILE");
    BOOST_TEST(words("only 123") == "process 123");
    BOOST_TEST(words("only -1 SIGNAL getppid") == "calls: SIGNAL getppid");
    BOOST_TEST(words("only -1 ALL") == "calls: NONE");
    // No line is longer than a screen, whatever the bits say.
    Script script = parse_script("");
    for (std::size_t i = 0; i < sizeof script.filter.native_calls; ++i) script.filter.native_calls[i] = 0x55;
    const std::string many = recorded_only(script.filter, script.facts.audit_arch).describe();
    BOOST_TEST(has(many, " more"));
    BOOST_TEST(many.size() < 500U);
}

BOOST_AUTO_TEST_CASE(every_text_report_says_it) {
    for (const ReportKind kind : kAllKinds) {
        BOOST_TEST(has(report(with("only 10 FILE"), kind), "recorded only: process 10; calls: FILE\n"));
        BOOST_TEST(!has(report(with(""), kind), "recorded only"));
    }
}

BOOST_AUTO_TEST_CASE(jsonl_says_it_in_its_header) {
    for (const ReportKind kind : kAllKinds) {
        BOOST_TEST(
            has(report(with("only 10 FILE"), kind, "jsonl"), R"(,"recorded_only":{"process":10,"calls":"FILE"})"));
        BOOST_TEST(
            has(report(with("only -1 read"), kind, "jsonl"), R"(,"recorded_only":{"process":null,"calls":"read"})"));
        BOOST_TEST(!has(report(with(""), kind, "jsonl"), "recorded_only"));
    }
}

BOOST_AUTO_TEST_CASE(what_was_filtered_is_not_complete) {
    for (const char* format : {"text", "csv", "jsonl"}) {
        const std::string text = report(with("only -1 FILE"), ReportKind::Summary, format);
        BOOST_TEST(has(text, "filtered"));
        BOOST_TEST(!has(text, "complete"));
    }
    BOOST_TEST(has(report(with(""), ReportKind::Summary), "complete"));
}

BOOST_AUTO_TEST_CASE(it_is_no_damage) {
    const RingImage image(with("only 10 FILE"));
    const SearchedMemory memory(image.memory);
    BOOST_TEST(memory.recording().findings.empty());
}

BOOST_AUTO_TEST_CASE(a_filter_that_makes_no_sense_is_damage) {
    for (const char* setting : {"only 0", "only -2"}) {
        const RingImage image(with(setting));
        const SearchedMemory memory(image.memory);
        const Recording recording = memory.recording();
        BOOST_TEST(mentions(recording.findings, "its filter makes no sense (it names process "));
        BOOST_TEST(!recording.only.has_value());
        BOOST_TEST(has(make_report(recording, ReportKind::Paired).text, "<in flight>"));
    }
}

BOOST_AUTO_TEST_CASE(an_exit_that_would_not_have_been_recorded_is_not_awaited) {
    const auto check = [](std::string_view setting, std::string_view state) {
        const auto lines = paired_calls(with(setting));
        BOOST_TEST_REQUIRE(lines.size() == 2U);
        BOOST_TEST(lines[1] == "10 read 120- " + std::string(state));
    };
    check("", "in_flight");
    check("only -1 read", "in_flight");
    check("only 10 FILE", "in_flight");
    check("only -1 getppid", "exit_not_recorded");  // read was switched off meanwhile
    check("only 11", "exit_not_recorded");
}

BOOST_AUTO_TEST_CASE(what_may_have_ended_stands_in_the_in_flight_report_with_its_reason) {
    const std::string script = with("only -1 write\n0 50 tid=12 write");
    const std::string text = report(script, ReportKind::InFlight);
    BOOST_TEST(has(text, " read(0x0, 0x0, 0x0) <may have ended: its kind is recorded no more>\n"));
    BOOST_TEST(has(text, " write(0x0, 0x0, 0x0)\n"));
    BOOST_TEST(text.find(" write(") < text.find(" read("));  // what is sure comes first
    BOOST_TEST(has(report(script, ReportKind::Summary), "# in flight at the end: 1, and 1 that may have ended\n"));
    BOOST_TEST(has(report(script, ReportKind::InFlight, "jsonl"), R"("state":"exit_not_recorded")"));
    BOOST_TEST(has(report(script, ReportKind::InFlight, "csv"), ",exit_not_recorded,ring\n"));
    BOOST_TEST(has(report(script, ReportKind::InFlight, "jsonl"), R"("duration_ns":null)"));
}

BOOST_AUTO_TEST_SUITE_END()
