// SPDX-License-Identifier: GPL-2.0-or-later
// Clocks of CPUs that differ: records of one thread in the wrong order, and those that only look so.
#include <algorithm>
#include <map>

#include "tests/unit/trace/pairing.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

// CPU 1's clock is behind.
constexpr std::string_view kBehind = R"(
    cpus 2
    0 1000 tid=10 getpid
    0 1010 tid=10 getpid = 10
    0 2000 tid=10 read
    1 1990 tid=10 read = 5
    0 3000 tid=10 write
    0 3010 tid=10 write = 1
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(skew)

BOOST_AUTO_TEST_CASE(an_exit_that_stands_before_its_entry_is_of_it) {
    check(kBehind, R"(
        10 getpid 1000-1010 complete = 10
        10 read 2000-1990 complete = 5
        10 write 3000-3010 complete = 1
    )");
}

BOOST_AUTO_TEST_CASE(an_entry_that_stands_before_the_exit_of_the_call_before_it_waits) {
    check(R"(
        cpus 2
        0 1000 tid=10 read
        0 1100 tid=10 read = 1
        0 1900 tid=10 read
        0 2000 tid=10 read = 5
        1 1990 tid=10 read
        1 2100 tid=10 read = 6
    )",
          R"(
        10 read 1000-1100 complete = 1
        10 read 1900-2000 complete = 5
        10 read 1990-2100 complete = 6
    )");
}

BOOST_AUTO_TEST_CASE(a_thread_that_is_new_is_joined_where_it_cannot_have_moved_so_fast) {
    check("cpus 2\n0 2000 tid=10 read\n1 1990 tid=10 read = 5\n", "10 read 2000-1990 complete = 5");
    check("cpus 2\n0 8000 tid=10 read\n1 1990 tid=10 read = 5\n",
          "10 read -1990 entry_not_recorded = 5\n10 read 8000- in_flight");
}

BOOST_AUTO_TEST_CASE(what_is_too_far_apart_is_no_skew) {
    const std::string far = R"(
        cpus 2
        0 1000 tid=10 getpid
        0 1010 tid=10 getpid = 10
        1 2000 tid=10 read = 5
    )";
    check(far + "0 1002000 tid=10 read\n", "10 getpid 1000-1010 complete = 10\n10 read 1002000-2000 complete = 5");
    check(far + "0 1002001 tid=10 read\n",
          "10 getpid 1000-1010 complete = 10\n10 read -2000 entry_not_recorded = 5\n10 read 1002001- in_flight");
}

BOOST_AUTO_TEST_CASE(a_refused_call_is_not_joined_with_the_next) {
    // seccomp's: an exit alone. The next call has an exit of its own, on its CPU.
    check(R"(
        cpus 2
        0 1000 tid=10 getpid
        0 1010 tid=10 getpid = 10
        1 2000 tid=10 ptrace = -EPERM
        0 9000 tid=10 ptrace
        0 9100 tid=10 ptrace = 0
    )",
          R"(
        10 getpid 1000-1010 complete = 10
        10 ptrace -2000 entry_not_recorded = -1
        10 ptrace 9000-9100 complete = 0
    )");
}

BOOST_AUTO_TEST_CASE(neither_another_call_nor_the_same_cpu_is_joined) {
    check("cpus 2\n0 2000 tid=10 read\n1 1990 tid=10 write = 5\n",
          "10 write -1990 entry_not_recorded = 5\n10 read 2000- in_flight");
    check("cpus 2\n1 2000 tid=10 read\n1 1990 tid=10 read = 5\n",
          "10 read 2000-1990 complete = 5");  // as they stand in the ring
    check("cpus 2\n1 1990 tid=10 read = 5\n1 2000 tid=10 read\n",
          "10 read -1990 entry_not_recorded = 5\n10 read 2000- in_flight");
}

BOOST_AUTO_TEST_CASE(times_that_run_backwards_are_no_skew) {
    // The entry's CPU has a time of long before behind one of long after.
    check("cpus 2\n1 5000 tid=10 read = 5\n0 5001 tid=11 getpid\n0 10 tid=10 read\n",
          "10 read -5000 entry_not_recorded = 5\n10 read 10- in_flight\n11 getpid 5001- in_flight");
    check("cpus 2\n1 0xfffffffffffffff0 tid=10 read = 5\n0 0xfffffffffffffff8 tid=10 read\n",
          "10 read -18446744073709551600 entry_not_recorded = 5\n10 read 18446744073709551608- in_flight");
}

BOOST_AUTO_TEST_CASE(reports_say_it) {
    for (const ReportKind kind :
         {ReportKind::Summary, ReportKind::Paired, ReportKind::Statistics, ReportKind::InFlight}) {
        BOOST_TEST(has(report(kBehind, kind),
                       "\n# clocks of CPUs differ by 10 ns or more: 1 record was put before "
                       "another of its thread\n"));
        BOOST_TEST(has(report(kBehind, kind, "jsonl"), R"(,"skewed_records":1,"skew_ns":10)"));
    }
    BOOST_TEST(has(report(kBehind, ReportKind::Paired, "csv"), ",2000,1990,0,"));  // took no time that is known
    BOOST_TEST(!has(report("0 1 tid=1 read\n0 2 tid=1 read = 1\n", ReportKind::Paired), "clocks"));
}

/// Threads that call by turns and move between CPUs, whose clocks differ by less than lies between
/// a record of a thread and the next but one: as in the true order, so in the rings.
BOOST_AUTO_TEST_CASE(skewed_clocks_pair_as_right_ones_do) {
    constexpr std::uint64_t kSkew = 400;
    constexpr std::uint16_t kCalls[] = {0, 1, 3, 202, 39};
    std::uint64_t turned = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        const std::size_t cpus = 2 + random.below(4);
        std::vector<std::uint64_t> ahead;
        for (std::size_t cpu = 0; cpu < cpus; ++cpu) ahead.push_back(random.below(kSkew));
        Script script = parse_script("cpus " + std::to_string(cpus) + "\nentries 512\n");
        std::map<Tid, Entry> open;
        std::map<Tid, std::uint64_t> before;  // the last record but one, for the thread's next
        std::map<Tid, std::uint64_t> last;
        std::vector<std::string> expected;
        const CallNames names(script.facts.audit_arch);
        std::uint64_t now = 10'000;
        for (int i = 0; i < 300; ++i) {
            const auto tid = static_cast<Tid>(10 + random.below(4));
            now += 1 + random.below(60);
            if (before.contains(tid)) now = std::max(now, before[tid] + kSkew + 1);
            before[tid] = last[tid];
            last[tid] = now;
            const std::size_t cpu = random.below(cpus);
            Entry entry{};
            entry.time = now + ahead[cpu];
            entry.pid = entry.tgid = tid;
            const auto found = open.find(tid);
            entry.kind = found == open.end() ? KSTRAX_KIND_ENTRY : KSTRAX_KIND_EXIT;
            entry.nr = found == open.end() ? kCalls[random.below(std::size(kCalls))] : found->second.nr;
            if (found == open.end()) {
                open[tid] = entry;
            } else {
                expected.push_back(std::to_string(tid) + " " + std::string(names.find(0, entry.nr)->name) + " " +
                                   std::to_string(found->second.time) + "-" + std::to_string(entry.time) +
                                   " complete = 0");
                turned += entry.time < found->second.time ? 1 : 0;
                open.erase(found);
            }
            script.cpus[cpu].slots.push_back({false, entry, {}});
        }
        for (const auto& [tid, entry] : open)
            expected.push_back(std::to_string(tid) + " " + std::string(names.find(0, entry.nr)->name) + " " +
                               std::to_string(entry.time) + "- in_flight");
        Memory memory(4096);
        (void)place_rings(script, memory);
        auto got = paired_calls(memory);
        std::ranges::sort(got);
        std::ranges::sort(expected);
        BOOST_TEST_CONTEXT("seed " << seed) BOOST_TEST(got == expected, boost::test_tools::per_element());
    }
    BOOST_TEST(turned > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
