// SPDX-License-Identifier: GPL-2.0-or-later
// Records that no recorder writes, and times that do not fit.
#include "analyzer/recording/flaws.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/trace/survey.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr Nanos kBegin = 5'000'000'000, kStep = 10'000'000;

Recording recording(Nanos end = 0) {
    Recording one;
    one.layout = layout_named("x86_64");
    one.facts.instance_id = 1;
    one.facts.word_size = 8;
    one.facts.start_monotonic_ns = kBegin;
    one.end.time_ns = end;
    return one;
}

Entry entry() {
    Entry one{};
    one.kind = kKindExit;
    one.pid = one.tgid = 1;
    return one;
}

/// Which of these times, of records of one CPU, fit; as a reader asks.
std::string fitting(std::vector<Nanos> times, Nanos end = 0) {
    const Recording of = recording(end);
    RecordTimes rule(of);
    std::string fit;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto following = std::span(times).subspan(i + 1, std::min<std::size_t>(8, times.size() - i - 1));
        const bool good =
            rule.fits(times[i], following.empty() ? times[i] : following.front()) || rule.fit(times[i], following);
        fit += good ? '.' : 'x';
    }
    return fit;
}

std::vector<Nanos> in_order(std::size_t count) {
    std::vector<Nanos> times;
    for (std::size_t i = 0; i < count; ++i) times.push_back(kBegin + i * kStep);
    return times;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flaws)

BOOST_AUTO_TEST_CASE(a_record_says_what_a_recorder_writes) {
    const Recording of = recording();
    const SlotRules rules(of);
    const auto flaw = [&](auto change) {
        Entry one = entry();
        change(one);
        return rules(one);
    };
    BOOST_TEST((rules(entry()) == Flaw::None));
    BOOST_TEST((flaw([](Entry& one) { one.kind = 4; }) == Flaw::Kind));
    BOOST_TEST((flaw([](Entry& one) { one.abi = 3; }) == Flaw::Abi));
    BOOST_TEST((flaw([](Entry& one) { one.abi = 2; }) == Flaw::None));
    BOOST_TEST((flaw([](Entry& one) { one.pid = 0; }) == Flaw::Thread));
    BOOST_TEST((flaw([](Entry& one) { one.pid = 1 << 22; }) == Flaw::None));
    BOOST_TEST((flaw([](Entry& one) { one.pid = (1 << 22) + 1; }) == Flaw::Thread));
    BOOST_TEST((flaw([](Entry& one) { one.tgid = 1U << 31; }) == Flaw::Thread));
    BOOST_TEST((flaw([](Entry& one) { one.args[0] = ~0ULL; }) == Flaw::None));
    BOOST_TEST((flaw([](Entry& one) { one.args[5] = 1; }) == Flaw::Result));
    BOOST_TEST((flaw([](Entry& one) { one.args[5] = 1, one.kind = kKindEntry; }) == Flaw::None));
}

// Of rings that a user points at, only the kind of a slot is known to be ours.
BOOST_AUTO_TEST_CASE(rings_of_another_recorder_say_what_they_like) {
    Recording of = recording();
    of.facts.instance_id = 0;
    Entry one = entry();
    one.abi = 7;
    one.args[3] = 1;
    one.pid = 0;
    BOOST_TEST((SlotRules(of)(one) == Flaw::None));
}

BOOST_AUTO_TEST_CASE(one_bit_of_a_time_is_found_wherever_it_stands) {
    for (std::size_t at = 0; at < 20; ++at)
        for (unsigned bit = 26; bit < 64; ++bit) {
            std::vector<Nanos> times = in_order(20);
            times[at] ^= Nanos{1} << bit;
            const bool later = times[at] > kBegin + at * kStep;
            // What alone is last may be late, and what is earlier may still be behind the one before.
            if (at == 19 && later) continue;
            if (!later && at > 0 && times[at] >= times[at - 1]) continue;
            std::string expected(20, '.');
            expected[at] = 'x';
            // Nothing but the next says that it is not the next that is wrong.
            BOOST_TEST_CONTEXT("record " << at << ", bit " << bit) BOOST_TEST(fitting(times) == expected);
        }
}

BOOST_AUTO_TEST_CASE(a_panic_ends_the_recording) {
    std::vector<Nanos> times = in_order(4);
    times.back() = kBegin + 2'000'000'000;
    BOOST_TEST(fitting(times) == "....");
    BOOST_TEST(fitting(times, kBegin + 4 * kStep) == "...x");
    BOOST_TEST(fitting(times, kBegin + 1'900'000'000) == "....");  // a CPU that stops late
}

// A bit of the panic's time may have changed: that many records are no damage.
BOOST_AUTO_TEST_CASE(a_panic_before_most_of_the_records_is_none) {
    const std::vector<Nanos> times = in_order(400);
    const std::string fit = fitting(times, kBegin);
    BOOST_TEST(fit.substr(0, 101) == std::string(101, '.'));  // a CPU that stops late
    BOOST_TEST(std::ranges::count(fit, 'x') == 7);
    BOOST_TEST(fit.substr(108) == std::string(400 - 108, '.'));
}

BOOST_AUTO_TEST_CASE(nothing_was_recorded_before_the_begin) {
    BOOST_TEST(fitting({kBegin - 2 * kStep, kBegin, kBegin + kStep}) == "x..");
}

BOOST_AUTO_TEST_CASE(a_clock_may_step_back_a_little) {
    BOOST_TEST(fitting({kBegin + 900'000, kBegin, kBegin + kStep}) == "...");
}

// As of pages that are another's: all of them are left out until as many agree on what the time is.
BOOST_AUTO_TEST_CASE(several_wrong_times_in_a_row) {
    std::vector<Nanos> times = in_order(40);
    for (std::size_t i = 10; i < 13; ++i) times[i] += 1'000'000'000'000;
    BOOST_TEST(fitting(times) == std::string(10, '.') + "xxx" + std::string(27, '.'));
    for (std::size_t i = 13; i < 20; ++i) times[i] += 1'000'000'000'000;
    const std::string most = fitting(times);
    BOOST_TEST(most.substr(30) == std::string(10, '.'));
    BOOST_TEST(std::ranges::count(most, 'x') > 0);
}

BOOST_AUTO_TEST_CASE(flaws_are_named) {
    FlawCounts counts{};
    BOOST_TEST(describe_flaws(counts).empty());
    counts[static_cast<std::size_t>(Flaw::Kind)] = 1;
    counts[static_cast<std::size_t>(Flaw::Time)] = 2;
    BOOST_TEST(describe_flaws(counts) == "1 of no kind of record, 2 whose time does not fit");
}

// The merge does not wait for a time that is years away, and the end is not that time.
BOOST_AUTO_TEST_CASE(reports_leave_them_out_and_say_so) {
    RingImage image(
        "cpus 2\n0 5000 tid=10 read\n0 6000 tid=10 read = 1\n0 7000 tid=10 getpid\n0 8000 tid=10 getpid = 10\n"
        "1 5500 tid=20 read\n1 6500 tid=20 read = 2\n");
    image.memory.flip(image.places.slot_byte(0, 1, layout_named("x86_64")->time.offset + 6));
    const SearchedMemory searched(image.memory);
    const Recording read = searched.recording();
    const auto cpus = survey(read);
    BOOST_TEST(cpus[0].invalid == 1U);
    BOOST_TEST(cpus[0].entries == 3U);
    BOOST_TEST(*cpus[0].last_time == 8000U);
    BOOST_TEST(cpus[0].damaged());
    const MadeReport report = make_report(read, ReportKind::Paired);
    BOOST_TEST(report.text.find("exit lost") != std::string::npos);
    BOOST_TEST(mentions(report.findings, "(1 whose time does not fit)"));
}

BOOST_AUTO_TEST_SUITE_END()
