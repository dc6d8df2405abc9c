// SPDX-License-Identifier: GPL-2.0-or-later
// Sums per system call, and what a return value means.
#include "analyzer/trace/statistics/statistics.hpp"

#include <linux/audit.h>

#include <boost/test/unit_test.hpp>
#include <limits>

#include "analyzer/views/views.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::vector<CallStatistics> statistics_of(std::string_view script) {
    const RingImage image(script);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    ReportContext context(recording);
    Statistics statistics(context.names, context.word_size());
    (void)pair_recording(context, [&](const Call& call) { statistics.add(call); });
    return statistics.rows();
}

constexpr std::uint64_t value(std::int64_t number) { return static_cast<std::uint64_t>(number); }

}  // namespace

BOOST_AUTO_TEST_SUITE(statistics)

BOOST_AUTO_TEST_CASE(times_are_of_complete_calls) {
    const auto rows = statistics_of(R"(
        0 100 tid=1 read
        0 110 tid=1 read = 1
        0 200 tid=1 read
        0 231 tid=1 read = -EAGAIN
        0 300 tid=1 read
    )");
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].calls == 3U);
    BOOST_TEST(rows[0].completed == 2U);
    BOOST_TEST(rows[0].total == 41U);
    BOOST_TEST(rows[0].average() == 20U);
    BOOST_TEST(rows[0].longest == 31U);
    BOOST_TEST(rows[0].shortest == 10U);
    BOOST_TEST(rows[0].errors == 1U);
    BOOST_TEST(rows[0].no_entry == 0U);
    BOOST_TEST(rows[0].no_exit == 1U);
}

BOOST_AUTO_TEST_CASE(halves_are_counted_but_have_no_time) {
    const auto rows = statistics_of("0 110 tid=1 read = -EBADF\n0 120 tid=1 read\n0 130 tid=1 read");
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].calls == 3U);
    BOOST_TEST(rows[0].completed == 0U);
    BOOST_TEST(rows[0].average() == 0U);
    BOOST_TEST(rows[0].errors == 1U);
    BOOST_TEST(rows[0].no_entry == 1U);
    BOOST_TEST(rows[0].no_exit == 2U);
}

BOOST_AUTO_TEST_CASE(what_may_be_two_calls_has_no_time) {
    const auto rows = statistics_of(R"(
        cpus 2
        entries 2
        0 100 tid=1 read
        0 1000900 tid=1 read = -EBADF
        1 300 tid=2 getpid
        1 310 tid=2 read
        1 320 tid=2 read = 1
    )");
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].calls == 2U);
    BOOST_TEST(rows[0].uncertain == 1U);
    BOOST_TEST(rows[0].errors == 1U);
    BOOST_TEST(rows[0].completed == 1U);
    BOOST_TEST(rows[0].longest == 10U);
}

BOOST_AUTO_TEST_CASE(a_return_in_the_child_is_no_call) {
    const auto rows = statistics_of("0 100 tid=1 clone\n0 110 tid=2 clone = 0\n0 120 tid=1 clone = 2");
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].calls == 1U);
    BOOST_TEST(rows[0].no_entry == 0U);
}

BOOST_AUTO_TEST_CASE(a_restart_is_no_error_and_the_value_of_sigreturn_neither) {
    const auto rows = statistics_of(
        "0 100 tid=1 read\n0 110 tid=1 read = -ERESTARTSYS\n0 120 tid=1 rt_sigreturn\n0 130 tid=1 "
        "rt_sigreturn = -4");
    BOOST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(rows[0].errors == 0U);
    BOOST_TEST(rows[1].errors == 0U);
}

BOOST_AUTO_TEST_CASE(rows_go_by_abi_and_number) {
    std::vector<std::pair<int, int>> order;
    for (const CallStatistics& row : statistics_of("0 100 tid=1 compat:read\n0 110 tid=2 write\n0 120 tid=3 "
                                                   "x32:read\n0 130 tid=4 read\n0 140 tid=5 -1 = 0"))
        order.emplace_back(row.abi, row.nr);
    BOOST_TEST((order == std::vector<std::pair<int, int>>{{0, 0}, {0, 1}, {0, 0xfff}, {1, 3}, {2, 0}}));
}

BOOST_AUTO_TEST_CASE(an_exit_before_its_entry_took_no_time) {
    // Clocks of two CPUs differ by less than a call takes, but not by nothing.
    const CallNames names(AUDIT_ARCH_X86_64);
    Statistics statistics(names, 8);
    Call call;
    call.has_entry = call.has_exit = true;
    call.start = 100;
    call.end = 90;
    statistics.add(call);
    BOOST_TEST(statistics.rows().at(0).total == 0U);
}

BOOST_AUTO_TEST_CASE(numbers_and_abis_out_of_range_are_counted) {
    const CallNames names(AUDIT_ARCH_X86_64);
    Statistics statistics(names, 8);
    for (const int abi : {3, 65535})
        for (const int nr : {0, 4095}) {
            Call call;
            call.abi = static_cast<std::uint16_t>(abi);
            call.nr = static_cast<std::uint16_t>(nr);
            statistics.add(call);
        }
    std::uint64_t calls = 0;
    for (const CallStatistics& row : statistics.rows()) calls += row.calls;
    BOOST_TEST(calls == 4U);
}

BOOST_AUTO_TEST_CASE(errors_are_the_last_4095_values_of_a_word) {
    const auto number = [](std::int64_t recorded, std::uint8_t word) {
        return interpret_return(value(recorded), word, CallRole::Ordinary).number;
    };
    BOOST_TEST(number(-1, 8) == 1U);
    BOOST_TEST(number(-4095, 8) == 4095U);
    BOOST_TEST(number(-4096, 8) == 0U);
    BOOST_TEST(number(0, 8) == 0U);
    BOOST_TEST(number(std::numeric_limits<std::int64_t>::min(), 8) == 0U);
    BOOST_TEST(number(std::numeric_limits<std::int64_t>::max(), 8) == 0U);
    BOOST_TEST(number(0xffffffff, 8) == 0U);
    BOOST_TEST(number(0xffffffff, 4) == 1U);
    BOOST_TEST(number(0xfffff001, 4) == 4095U);
    BOOST_TEST(number(0xfffff000, 4) == 0U);
    BOOST_TEST(interpret_return(0xfffffffe, 4, CallRole::Ordinary).value == -2);
    BOOST_TEST(interpret_return(0xfffffffe, 8, CallRole::Ordinary).value == 0xfffffffe);
}

BOOST_AUTO_TEST_CASE(restarts_are_neither_success_nor_error) {
    for (const std::int64_t number : {512, 513, 514, 516}) {
        const ReturnValue ret = interpret_return(value(-number), 8, CallRole::Ordinary);
        BOOST_TEST(ret.is_restart());
        BOOST_TEST(!ret.is_error());
    }
    for (const std::int64_t number : {511, 517}) {
        const ReturnValue ret = interpret_return(value(-number), 8, CallRole::Ordinary);
        BOOST_TEST(!ret.is_restart());
        BOOST_TEST(ret.is_error());
    }
    BOOST_TEST(!interpret_return(value(-4), 8, CallRole::SigReturn).is_error());
    BOOST_TEST(interpret_return(value(-4), 8, CallRole::SigReturn).value == -4);
}

BOOST_AUTO_TEST_SUITE_END()
