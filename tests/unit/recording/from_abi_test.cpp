// SPDX-License-Identifier: GPL-2.0-or-later
// What the recorder writes is known to readers in types of their own, and goes back into files as it was.
#include "analyzer/importers/kstrax/from_abi.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "tests/support/rings/script.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

template <typename T>
bool same(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

const Script& full() {
    static const Script script = parse_script(
        "cpus 3\nhost web-1\nkernel 6.1.0\nmodule 2.1.0\ninstance 77\nstart 5 1700000000000000000\n"
        "panic 900 2 31\nonly 123 FILE\nstep 100 1700000000000000000\nstep 200 1800000000000000000\n");
    return script;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(from_abi)

BOOST_AUTO_TEST_CASE(facts_go_there_and_back) {
    Recording recording;
    recording.facts = facts_of(full().facts);
    recording.layout = find_layout(full().facts.layout);
    BOOST_TEST(recording.facts.host_name == "web-1");
    BOOST_TEST(same(abi_facts(recording), full().facts));
    // A text as long as its field has no NUL, and is not read beyond it.
    kstrax_facts facts = full().facts;
    std::memset(facts.host_name, 'h', sizeof facts.host_name);
    recording.facts = facts_of(facts);
    BOOST_TEST(recording.facts.host_name == std::string(72, 'h'));
    BOOST_TEST(same(abi_facts(recording), facts));
}

BOOST_AUTO_TEST_CASE(the_end_the_filter_and_the_clock_go_there_and_back) {
    BOOST_TEST(same(abi_end(ending_of(full().end)), full().end));
    BOOST_TEST(same(abi_filter(recorded_only(full().filter, full().facts.audit_arch)), full().filter));
    BOOST_TEST(same(abi_clock(clock_of(full().clock)), full().clock));
    BOOST_TEST(same(abi_clock(ClockSteps()), kstrax_clock{}));
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_often_or_is_damaged_reads_the_same_again) {
    kstrax_clock block = full().clock;
    block.count = 70;
    for (std::uint64_t n = 6; n < 70; ++n)
        block.steps[n % KSTRAX_CLOCK_ROOM] = {n + 1, static_cast<__s64>(1000 * n), static_cast<__s64>(n)};
    BOOST_TEST(same(abi_clock(clock_of(block)), block));
    block.steps[20].serial = 0;
    block.steps[6].serial = 0;  // of the oldest
    const ClockSteps once = clock_of(block);
    const ClockSteps again = clock_of(abi_clock(once));
    BOOST_TEST(once.missing_before() == 7U);
    BOOST_TEST(once.missing_later() == 1U);
    BOOST_TEST(again.missing_before() == once.missing_before());
    BOOST_TEST(again.missing_later() == once.missing_later());
    BOOST_TEST(again.steps().size() == once.steps().size());
}

BOOST_AUTO_TEST_SUITE_END()
