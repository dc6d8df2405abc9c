// SPDX-License-Identifier: GPL-2.0-or-later
// Each rule by which entries and exits are joined, as records and what becomes of them.
#include "analyzer/trace/pair.hpp"

#include "tests/unit/trace/pairing.hpp"

using namespace kstrax;
using namespace kstrax::test;

BOOST_AUTO_TEST_SUITE(pairing)

BOOST_AUTO_TEST_CASE(calls_come_in_the_order_of_their_exits) {
    check(R"(
        0 100 tid=10 read
        0 110 tid=11 write
        0 120 tid=11 write = 5
        0 130 tid=10 read = -EINTR
    )",
          R"(
        11 write 110-120 complete = 5
        10 read 100-130 complete = -4
    )");
}

BOOST_AUTO_TEST_CASE(a_call_migrates_between_cpus) {
    check(R"(
        cpus 3
        2 100 tid=10 futex
        0 150 tid=10 futex = 0
        0 160 tid=10 read
        1 170 tid=10 read = 1
    )",
          R"(
        10 futex 100-150 complete = 0
        10 read 160-170 complete = 1
    )");
}

BOOST_AUTO_TEST_CASE(an_exit_before_the_oldest_entry_is_entry_overwritten) {
    check(R"(
        entries 3
        0 100 tid=10 read
        0 110 tid=11 write
        0 120 tid=11 write = 5
        0 130 tid=10 read = 7
        0 140 tid=12 getpid
    )",
          R"(
        11 write -120 entry_overwritten = 5
        10 read -130 entry_overwritten = 7
        12 getpid 140- in_flight
    )");
}

BOOST_AUTO_TEST_CASE(an_entry_may_be_overwritten_on_the_cpu_that_it_migrated_from) {
    // CPU 1 still has all of its records; the entry stood on CPU 0.
    check(R"(
        cpus 2
        entries 2
        0 100 tid=10 read
        1 130 tid=10 read = 7
        0 140 tid=12 getpid
        0 150 tid=12 getpid = 12
    )",
          R"(
        10 read -130 entry_overwritten = 7
        12 getpid 140-150 complete = 12
    )");
}

BOOST_AUTO_TEST_CASE(once_all_rings_have_begun_nothing_is_overwritten_any_more) {
    check(R"(
        entries 4
        0 90 tid=10 getpid
        0 100 tid=10 getpid
        0 110 tid=10 getpid = 10
        0 120 tid=10 read = 7
        0 130 tid=11 read = 7
    )",
          R"(
        10 getpid 100-110 complete = 10
        10 read -120 entry_not_recorded = 7
        11 read -130 entry_overwritten = 7
    )");
}

BOOST_AUTO_TEST_CASE(a_call_across_what_another_cpu_no_longer_holds_is_uncertain) {
    // The read returned on CPU 1, was entered there again, and came back to CPU 0:
    // CPU 1 has kept neither. Where all rings have begun, a call is sure again.
    check(R"(
        cpus 2
        entries 2
        0 1000000 tid=10 read
        1 1100000 tid=10 read = 1
        1 1200000 tid=10 read
        1 1300000 tid=12 getpid
        1 1900000 tid=12 getpid = 12
        0 2000000 tid=10 read = 7
    )",
          R"(
        12 getpid 1300000-1900000 complete = 12
        10 read 1000000-2000000 uncertain = 7
    )");
}

BOOST_AUTO_TEST_CASE(a_brief_call_whose_exit_is_next_to_its_entry_is_sure) {
    check(R"(
        cpus 2
        entries 8
        0 1000000 tid=10 openat path="/a/name/that/takes/more/than/one/slot/of/the/ring/to/hold"
        0 1999999 tid=10 openat = 3
        0 2000000 tid=10 read
        0 2000010 tid=11 getpid
        0 2000020 tid=10 read = 1
        1 1000000 tid=12 getpid
        1 3000000 tid=12 getpid
        1 3000001 tid=12 getpid = 12
        1 3000002 tid=12 getpid
        1 3000003 tid=12 getpid = 12
        1 3000004 tid=12 getpid
        1 3000005 tid=12 getpid = 12
        1 3000006 tid=12 getpid
        1 3000007 tid=12 getpid = 12
    )",
          R"(
        10 openat 1000000-1999999 complete = 3 "/a/name/that/takes/more/than/one/slot/of/the/ring/to/hold"
        10 read 2000000-2000020 uncertain = 1
        12 getpid 3000000-3000001 complete = 12
        12 getpid 3000002-3000003 complete = 12
        12 getpid 3000004-3000005 complete = 12
        12 getpid 3000006-3000007 complete = 12
        11 getpid 2000010- in_flight
    )");
}

BOOST_AUTO_TEST_CASE(a_call_across_a_gap_is_uncertain) {
    check(R"(
        cpus 2
        0 100 tid=10 read
        1 110 tid=12 getpid
        1 torn
        1 130 tid=12 getpid = 12
        1 150 tid=10 read = 7
        0 160 tid=10 write
        0 170 tid=10 write = 7
    )",
          R"(
        12 getpid 110-130 uncertain = 12
        10 read 100-150 uncertain = 7
        10 write 160-170 complete = 7
    )");
}

BOOST_AUTO_TEST_CASE(an_entry_on_a_busy_thread_closes_the_call_as_exit_lost) {
    check(R"(
        0 100 tid=10 read
        0 110 tid=10 write
        0 120 tid=10 write = 5
    )",
          R"(
        10 read 100- exit_lost
        10 write 110-120 complete = 5
    )");
}

BOOST_AUTO_TEST_CASE(number_and_abi_must_agree) {
    check(R"(
        0 100 tid=10 read
        0 110 tid=10 write = 5
        0 120 tid=10 compat:write
        0 130 tid=10 stat = 0
        0 140 tid=10 x32:read
        0 150 tid=10 read = 0
    )",
          R"(
        10 read 100- exit_lost
        10 write -110 entry_not_recorded = 5
        10 compat:write 120- exit_lost
        10 stat -130 entry_not_recorded = 0
        10 x32:read 140- exit_lost
        10 read -150 entry_not_recorded = 0
    )");
}

BOOST_AUTO_TEST_CASE(exit_and_exit_group_never_return) {
    check(R"(
        0 100 tid=10 exit args=3
        0 110 tid=11 exit_group
        0 120 tid=12 compat:exit
        0 130 tid=13 compat:exit_group
    )",
          R"(
        10 exit 100- no_return
        11 exit_group 110- no_return
        12 compat:exit 120- no_return
        13 compat:exit_group 130- no_return
    )");
}

BOOST_AUTO_TEST_CASE(the_panicking_threads_exit_group_is_in_flight) {
    // As when init is killed: the kernel panics within the call.
    check(R"(
        panic 200 0 1
        0 100 tid=1 exit_group
        0 110 tid=2 exit_group
    )",
          R"(
        2 exit_group 110- no_return
        1 exit_group 100- in_flight
    )");
}

BOOST_AUTO_TEST_CASE(without_a_panic_thread_zero_of_the_end_panicked_nobody) {
    check(R"(
        panic 0 0 1
        0 100 tid=1 exit_group
    )",
          "1 exit_group 100- no_return");
}

BOOST_AUTO_TEST_CASE(sigreturn_may_return_without_a_number) {
    check(R"(
        0 100 tid=10 rt_sigreturn
        0 110 tid=10 -1 = 42
        0 120 tid=10 rt_sigreturn
        0 130 tid=10 rt_sigreturn = -4
        0 140 tid=10 compat:sigreturn
        0 150 tid=10 compat:-1 = 0
    )",
          R"(
        10 rt_sigreturn 100-110 complete = 42
        10 rt_sigreturn 120-130 complete = -4
        10 compat:sigreturn 140-150 complete = 0
    )");
}

BOOST_AUTO_TEST_CASE(sigreturn_without_an_exit_never_returns) {
    check(R"(
        0 100 tid=10 rt_sigreturn
        0 110 tid=10 read
        0 120 tid=10 read = 1
        0 130 tid=10 rt_sigreturn
        0 140 tid=10 read = 2
    )",
          R"(
        10 rt_sigreturn 100- no_return
        10 read 110-120 complete = 1
        10 rt_sigreturn 130- no_return
        10 read -140 entry_not_recorded = 2
    )");
}

BOOST_AUTO_TEST_CASE(no_other_call_returns_without_a_number) {
    check(R"(
        0 100 tid=10 read
        0 110 tid=10 -1 = 0
    )",
          R"(
        10 read 100- exit_lost
        10 -1 -110 entry_not_recorded = 0
    )");
}

BOOST_AUTO_TEST_CASE(a_restarted_call_is_entered_again) {
    check(R"(
        0 100 tid=10 read
        0 110 tid=10 read = -ERESTARTSYS
        0 120 tid=10 read
        0 130 tid=10 read = 3
        0 140 tid=10 nanosleep
        0 150 tid=10 nanosleep = -ERESTART_RESTARTBLOCK
        0 160 tid=10 restart_syscall
        0 170 tid=10 restart_syscall = 0
    )",
          R"(
        10 read 100-110 complete = -512
        10 read 120-130 complete = 3
        10 nanosleep 140-150 complete = -516
        10 restart_syscall 160-170 complete = 0
    )");
}

BOOST_AUTO_TEST_CASE(what_is_open_at_the_end_is_in_flight_by_start) {
    check(R"(
        cpus 2
        1 90 tid=12 poll
        0 100 tid=10 read
        0 100 tid=9 read
        1 95 tid=11 write
    )",
          R"(
        12 poll 90- in_flight
        11 write 95- in_flight
        9 read 100- in_flight
        10 read 100- in_flight
    )");
}

BOOST_AUTO_TEST_CASE(a_call_refused_by_seccomp_has_an_exit_only) {
    check("0 100 tid=10 read\n0 110 tid=10 read = 1\n0 120 tid=10 mount = -EPERM",
          "10 read 100-110 complete = 1\n10 mount -120 entry_not_recorded = -1");
}

BOOST_AUTO_TEST_CASE(a_thread_id_is_used_again) {
    check(R"(
        0 100 tid=10 exit
        0 200 tid=10 clone = 0
        0 210 tid=10 read
        0 220 tid=10 read = 1
    )",
          R"(
        10 exit 100- no_return
        10 clone -200 child_return = 0
        10 read 210-220 complete = 1
    )");
}

BOOST_AUTO_TEST_CASE(an_entry_that_may_lie_in_damage_is_entry_lost) {
    check(R"(
        0 100 tid=10 read
        0 110 tid=10 read = 1
        0 torn
        0 130 tid=10 write = 1
        0 140 tid=10 write = 1
        0 150 tid=11 write = 1
    )",
          R"(
        10 read 100-110 complete = 1
        10 write -130 entry_lost = 1
        10 write -140 entry_not_recorded = 1
        11 write -150 entry_lost = 1
    )");
}

BOOST_AUTO_TEST_CASE(damage_at_the_end_of_one_cpu_may_hide_what_another_lacks) {
    check(R"(
        cpus 2
        0 100 tid=10 read
        0 110 tid=10 read = 1
        0 torn
        1 150 tid=11 write = 1
    )",
          R"(
        10 read 100-110 complete = 1
        11 write -150 entry_lost = 1
    )");
}

BOOST_AUTO_TEST_CASE(a_file_name_may_come_with_the_exit) {
    check(R"(
        0 100 tid=10 openat
        0 110 tid=10 openat = 3 path="/late"
        0 120 tid=10 openat path="/early"
        0 130 tid=10 openat = 4 path="/again"
        0 140 tid=11 openat = 4 path="/alone"
    )",
          R"(
        10 openat 100-110 complete = 3 "/late"
        10 openat 120-130 complete = 4 "/early"
        11 openat -140 entry_not_recorded = 4 "/alone"
    )");
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_file_name_is_no_call) {
    check("0 100 tid=10 openat rest \"name\"\n0 110 tid=10 openat = 3", "10 openat -110 entry_not_recorded = 3");
}

BOOST_AUTO_TEST_CASE(nothing_comes_of_an_empty_ring) { check("", ""); }

BOOST_AUTO_TEST_CASE(every_state_says_what_it_is) {
    for (unsigned i = 0; i <= static_cast<unsigned>(CallState::ChildReturn); ++i) {
        const auto state = static_cast<CallState>(i);
        BOOST_TEST((describe(state).state == state));
        BOOST_TEST(!describe(state).name.empty());
        BOOST_TEST(!describe(state).meaning.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
