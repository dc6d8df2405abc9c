// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that return to another thread or program than entered them: fork and execve.
#include "tests/unit/trace/pairing.hpp"

using namespace kstrax;
using namespace kstrax::test;

BOOST_AUTO_TEST_SUITE(pairing)

BOOST_AUTO_TEST_CASE(a_child_returns_from_a_call_that_it_never_entered) {
    check(R"(
        0 100 tid=10 clone
        0 110 tid=11 clone = 0
        0 120 tid=10 clone = 11
        0 130 tid=10 clone3
        0 140 tid=10 clone3 = 12
        0 150 tid=12 clone3 = 0
        0 160 tid=10 vfork
        0 170 tid=13 vfork = 0
        0 180 tid=14 compat:fork = 0
    )",
          R"(
        11 clone -110 child_return = 0
        10 clone 100-120 complete = 11
        10 clone3 130-140 complete = 12
        12 clone3 -150 child_return = 0
        13 vfork -170 child_return = 0
        14 compat:fork -180 child_return = 0
        10 vfork 160- in_flight
    )");
}

BOOST_AUTO_TEST_CASE(a_fork_that_returns_anything_else_is_no_child) {
    check("0 100 tid=10 fork = -EAGAIN\n0 110 tid=11 clone = 12",
          "10 fork -100 entry_not_recorded = -11\n11 clone -110 entry_not_recorded = 12");
}

BOOST_AUTO_TEST_CASE(a_thread_that_is_not_the_leader_becomes_it_by_execve) {
    check(R"(
        0 100 tid=11/10 execve path="/bin/true"
        0 150 tid=10/10 execve = 0
        0 160 tid=10/10 brk
        0 170 tid=10/10 brk = 5
    )",
          R"(
        11/10 execve 100-150 complete = 0 "/bin/true"
        10 brk 160-170 complete = 5
    )");
}

BOOST_AUTO_TEST_CASE(execve_by_a_sibling_ends_the_leaders_own_call) {
    check(R"(
        0 100 tid=10/10 futex
        0 110 tid=11/10 execveat
        0 150 tid=10/10 execveat = 0
    )",
          R"(
        10 futex 100- exit_lost
        11/10 execveat 110-150 complete = 0
    )");
}

BOOST_AUTO_TEST_CASE(an_execve_that_fails_returns_in_its_own_thread) {
    check(R"(
        0 100 tid=11/10 execve
        0 110 tid=11/10 execve = -ENOENT
        0 120 tid=10/10 execve
        0 130 tid=10/10 execve = 0
    )",
          R"(
        11/10 execve 100-110 complete = -2
        10 execve 120-130 complete = 0
    )");
}

BOOST_AUTO_TEST_CASE(an_execve_that_failed_before_does_not_answer_for_a_later_one) {
    // The first thread's execve is over; the exit is of a call whose entry nobody has.
    check(R"(
        0 100 tid=11/10 execve
        0 110 tid=11/10 execve = -ENOENT
        0 120 tid=11/10 read
        0 130 tid=10/10 execve = 0
    )",
          R"(
        11/10 execve 100-110 complete = -2
        10 execve -130 entry_not_recorded = 0
        11/10 read 120- in_flight
    )");
}

BOOST_AUTO_TEST_CASE(the_sibling_whose_execve_is_still_open_is_the_one_that_returns) {
    // Both threads call execve; the kernel lets one through, the other's fails.
    check(R"(
        0 100 tid=11/10 execve args=1
        0 110 tid=12/10 execve args=2
        0 120 tid=12/10 execve = -EAGAIN
        0 130 tid=10/10 execve = 0
    )",
          R"(
        12/10 execve 110-120 complete = -11
        11/10 execve 100-130 complete = 0
    )");
}

BOOST_AUTO_TEST_CASE(execve_returns_by_the_new_programs_abi) {
    check(R"(
        0 100 tid=10 execve
        0 150 tid=10 compat:execve = 0
        0 200 tid=10 compat:execve
        0 250 tid=10 execve = 0
        0 300 tid=11/10 execve
        0 350 tid=10/10 compat:execve = 0
    )",
          R"(
        10 execve 100-150 complete = 0
        10 compat:execve 200-250 complete = 0
        11/10 execve 300-350 complete = 0
    )");
}

BOOST_AUTO_TEST_CASE(a_failing_execve_does_not_change_its_abi) {
    check(R"(
        0 100 tid=10 execve
        0 150 tid=10 compat:execve = -ENOENT
    )",
          R"(
        10 execve 100- exit_lost
        10 compat:execve -150 entry_not_recorded = -2
    )");
}

BOOST_AUTO_TEST_SUITE_END()
