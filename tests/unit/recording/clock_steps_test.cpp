// SPDX-License-Identifier: GPL-2.0-or-later
// A wall clock that was set while the recording went on: each time by the offset
// that held then, and a word where that is not known.
#include "analyzer/recording/clock_steps.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax/from_abi.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/wording/report_clock.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// 2023-11-14 22:13:20, when loading; set to noon of the next day, and then back by an hour.
constexpr std::string_view kScript = R"(
    cpus 2
    start 0 1700000000000000000
    panic 9000000000 0 10
    step 3000000000 1700049597000000000
    step 5500000000 1700045997000000000
    clock_at_end 1700045997000000500
    0 1000000000 tid=10 read
    0 2999999999 tid=10 read = 1
    1 3000000000 tid=11 write
    1 3900000000 tid=11 write = 2
    0 5499999999 tid=10 read
    1 5500000000 tid=11 write
    0 5600000000 tid=10 read = 3
)";

/// What files begin with.
constexpr std::size_t kHead = sizeof(kstrax_file_header) + sizeof(kstrax_file_filter) + sizeof(kstrax_file_more);

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

struct Opened {
    explicit Opened(std::string_view script) : image(script), searched(image.memory), recording(searched.recording()) {}
    RingImage image;
    SearchedMemory searched;
    Recording recording;
};

kstrax_clock block_with(std::uint64_t count) {
    kstrax_clock block{};
    block.room = KSTRAX_CLOCK_ROOM;
    block.flags = KSTRAX_CLOCK_WATCHED;
    block.count = count;
    for (std::uint64_t n = count - std::min<std::uint64_t>(count, KSTRAX_CLOCK_ROOM); n < count; ++n) {
        kstrax_clock_step& row = block.steps[n % KSTRAX_CLOCK_ROOM];
        row.serial = n + 1;
        row.monotonic_ns = static_cast<std::int64_t>(1000 * (n + 1));
        row.offset_ns = static_cast<std::int64_t>(n + 1);
    }
    return block;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(clock_steps)

BOOST_AUTO_TEST_CASE(each_time_has_the_offset_that_held_then) {
    const Opened opened(kScript);
    const MadeReport report = make_report(opened.recording, ReportKind::Raw);
    const std::string& text = report.text;
    for (const char* part :
         {"# the clock was set at 3.000000000 of its monotonic clock, by +49597.000000000 s, from "
          "2023-11-14 22:13:23.000000000 to 2023-11-15 12:00:00.000000000 UTC\n",
          "# the clock was set at 5.500000000 of its monotonic clock, by -3600.000000000 s, from "
          "2023-11-15 12:00:02.500000000 to 2023-11-15 11:00:02.500000000 UTC\n",
          " 22:13:21.000000000 ", " 22:13:22.999999999 ", " 12:00:00.000000000 ", " 12:00:00.900000000 ",
          " 12:00:02.499999999 ", " 11:00:02.500000000 ", " 11:00:02.600000000 "})
        BOOST_TEST(text.find(part) != text.npos, part << "\n" << text);
    BOOST_TEST(opened.recording.findings.empty());

    const std::string summary = make_report(opened.recording, ReportKind::Summary).text;
    for (const char* part :
         {"clock      set by +49597.000000000 s, from 2023-11-14 22:13:23 to 2023-11-15 12:00:00 UTC\n",
          "           set by -3600.000000000 s, from 2023-11-15 12:00:02 to 2023-11-15 11:00:02 UTC\n",
          "recorded   2023-11-14 22:13:21 to 2023-11-15 11:00:06 UTC, 8.000 s\n",
          "panic      at 11:00:06.000000000 on CPU 0"})
        BOOST_TEST(summary.find(part) != summary.npos, part << "\n" << summary);
    const std::string json = make_report(opened.recording, ReportKind::Raw, "jsonl").text;
    BOOST_TEST(json.find(R"("clock":{"start_offset_ns":"1700000000000000000","missing_steps":0,"steps":[)"
                         R"({"from_ns":3000000000,"offset_ns":"1700049597000000000"},)"
                         R"({"from_ns":5500000000,"offset_ns":"1700045997000000000"}]})") != json.npos);
}

// Within one second that is looked at once, whichever part of it comes first.
BOOST_AUTO_TEST_CASE(a_step_within_a_second) {
    const Opened opened(kScript);
    const ReportClock clock(opened.recording);
    const auto shown = [&](Nanos time) {
        TextBuffer out;
        clock.append(out, time);
        return std::string(out.data(), out.size());
    };
    for (const bool forwards : {true, false})
        for (int i = 0; i < 4; ++i) {
            const int which = forwards ? i : 3 - i;
            const Nanos times[] = {5'400'000'000, 5'499'999'999, 5'500'000'000, 5'999'999'999};
            const char* texts[] = {"12:00:02.400000000", "12:00:02.499999999", "11:00:02.500000000",
                                   "11:00:02.999999999"};
            BOOST_TEST(shown(times[which]) == texts[which]);
        }
}

BOOST_AUTO_TEST_CASE(files_have_the_steps_too) {
    const Opened opened(kScript);
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(opened.recording, folder.path("trace"), {}).ok());
    const auto set = open_buffer_files(folder.path("trace"));
    BOOST_REQUIRE(set.ok());
    BOOST_TEST(set->recording.findings.empty());
    for (const ReportKind kind : {ReportKind::Paired, ReportKind::Raw, ReportKind::InFlight})
        BOOST_TEST(make_report(set->recording, kind).text == make_report(opened.recording, kind).text);
}

/// As version 2.0.0 wrote them.
BOOST_AUTO_TEST_CASE(files_without_a_clock_are_read_as_before) {
    const Opened opened(replaced(std::string(kScript), "cpus 2", "cpus 3"));
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(opened.recording, folder.path("trace"), {}).ok());
    for (int cpu = 0; cpu < 3; ++cpu) {
        const std::string name = "trace_" + std::to_string(cpu);
        std::string bytes = read_file(folder.path(name));
        auto header = *copy_record<kstrax_file_header>(as_bytes(bytes));
        const std::size_t size = header.header_size;
        BOOST_TEST(size == kHead);
        header.header_size = sizeof header;
        header.crc = crc32(bytes_of(header).first(offsetof(kstrax_file_header, crc)));
        bytes.replace(0, size, as_text(bytes_of(header)));
        folder.write(name, bytes);
    }
    const auto set = open_buffer_files(folder.path("trace"));
    BOOST_REQUIRE(set.ok());
    BOOST_TEST(set->recording.findings.empty());
    BOOST_TEST(!set->recording.clock.watched());
    BOOST_TEST(make_report(set->recording, ReportKind::Raw).text.find(" 22:13:28.600000000 ") == std::string::npos);
    BOOST_TEST(make_report(set->recording, ReportKind::Raw).text.find(" 22:13:25.600000000 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_stands_behind_a_header_is_checked) {
    const Opened opened(kScript);
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(opened.recording, folder.path("trace"), {}).ok());
    const std::string bytes = read_file(folder.path("trace_0"));
    for (std::size_t at = kHead - sizeof(kstrax_file_more) + 4; at < kHead; at += 7) {  // behind its magic
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(~damaged[at]);
        folder.write("trace_0", damaged);
        const auto set = open_buffer_files(folder.path("trace"));
        BOOST_REQUIRE(set.ok());
        BOOST_TEST(
            mentions(set->recording.findings, "trace_0: what it says of the kernel's CPUs and clock is damaged"));
        BOOST_TEST(set->recording.clock.steps().size() == 2U);  // by the other file
    }
}

BOOST_AUTO_TEST_CASE(rows_that_newer_ones_replaced) {
    const ClockSteps clock = clock_of(block_with(70));
    BOOST_TEST(clock.missing_before() == 6U);
    BOOST_TEST(clock.missing_later() == 0U);
    BOOST_TEST(clock.steps().size() == 64U);
    BOOST_TEST(clock.at(6999) == nullptr);
    BOOST_TEST(clock.at(7000)->offset_ns == 7);
    BOOST_TEST(clock.at(70999)->offset_ns == 70);
    BOOST_TEST(clock.next(7000) == 8000U);
    Recording recording;
    recording.clock = clock;
    add_clock_damage(recording);
    BOOST_TEST(mentions(recording.findings, "was set 6 times before 0.000007000 of the monotonic clock"));
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_whole) {
    kstrax_clock block = block_with(5);
    block.steps[4].serial = 0;  // the machine stopped while it was written
    Recording recording;
    recording.clock = clock_of(block);
    BOOST_TEST(recording.clock.steps().size() == 4U);
    add_clock_damage(recording);
    BOOST_TEST(mentions(recording.findings, "of 1 settings of the wall clock it is not known how"));
    block.steps[2].monotonic_ns = 1;  // backwards: nonsense
    BOOST_TEST(clock_of(block).missing_later() == 2U);
    for (const std::uint64_t count : {std::uint64_t{65}, ~std::uint64_t{0}}) {
        block.count = count;
        BOOST_TEST(clock_of(block).steps().size() <= 64U);
    }
    block.room = 7;
    BOOST_TEST(clock_of(block).steps().empty());
    block.count = 3;
    recording.findings = {};
    recording.clock = clock_of(block);
    add_clock_damage(recording);
    BOOST_TEST(mentions(recording.findings, "the wall clock was set 3 times, and how is not known"));
}

BOOST_AUTO_TEST_CASE(the_end_tells_of_steps_that_nobody_noted) {
    const std::string script(kScript);
    BOOST_TEST(mentions(Opened(replaced(script, "clock_at_end 1700045997000000500", "clock_at_end 1700045999000000500"))
                            .recording.findings,
                        "at the end the wall clock was 2.000000500 s ahead of what is known of it"));
    BOOST_TEST(mentions(Opened(replaced(script, "clock_at_end 1700045997000000500", "clock_at_end 1700045996900000000"))
                            .recording.findings,
                        "at the end the wall clock was 0.100000000 s behind what is known of it"));
}

BOOST_AUTO_TEST_SUITE_END()
