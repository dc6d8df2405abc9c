// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that become 32-bit programs, by the numbers of x86-64 (execve 59, clone 56, exit 60) and of IA-32 (11, 120, 1).
#include "analyzer/trace/thread_abis.hpp"

#include <linux/audit.h>

#include <boost/test/unit_test.hpp>

using namespace kstrax;

namespace {

class Threads {
  public:
    /// Its ABI, by the records so far.
    std::string entry(Tid tid, std::uint16_t nr) { return settled(tid, kKindEntry, nr, 0); }
    std::string exit(Tid tid, std::uint16_t nr, std::uint64_t result) { return settled(tid, kKindExit, nr, result); }
    void become_compat(Tid tid) {
        BOOST_TEST(entry(tid, 59) == "native");
        BOOST_TEST(exit(tid, 11, 0) == "compat");
    }

  private:
    std::string settled(Tid tid, RecordKind kind, std::uint16_t nr, std::uint64_t value) {
        Record record;
        record.entry.pid = tid;
        record.entry.kind = kind;
        record.entry.nr = nr;
        record.entry.args[0] = value;
        abis_.settle(record);
        return std::string(abi_name(record.entry.abi));
    }
    ThreadAbis abis_{AUDIT_ARCH_X86_64};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(thread_abis)

BOOST_AUTO_TEST_CASE(execve_of_a_32_bit_program_returns_by_its_number) {
    Threads threads;
    BOOST_TEST(threads.entry(7, 0) == "native");
    BOOST_TEST(threads.exit(7, 0, 0) == "native");
    threads.become_compat(7);
    BOOST_TEST(threads.entry(7, 3) == "compat");
    BOOST_TEST(threads.exit(7, 3, 12) == "compat");
    BOOST_TEST(threads.entry(8, 3) == "native");
}

BOOST_AUTO_TEST_CASE(one_of_a_64_bit_program_leads_back) {
    Threads threads;
    threads.become_compat(7);
    BOOST_TEST(threads.entry(7, 11) == "compat");
    BOOST_TEST(threads.exit(7, 59, 0) == "native");
    BOOST_TEST(threads.entry(7, 3) == "native");
}

BOOST_AUTO_TEST_CASE(one_that_fails_changes_nothing) {
    Threads threads;
    BOOST_TEST(threads.entry(7, 59) == "native");
    BOOST_TEST(threads.exit(7, 59, static_cast<std::uint64_t>(-2)) == "native");
    BOOST_TEST(threads.entry(7, 11) == "native");
    BOOST_TEST(threads.exit(7, 11, 0) == "native");  // munmap
    threads.become_compat(7);
    BOOST_TEST(threads.entry(7, 11) == "compat");
    BOOST_TEST(threads.exit(7, 11, static_cast<std::uint64_t>(-2)) == "compat");
    BOOST_TEST(threads.entry(7, 4) == "compat");
}

BOOST_AUTO_TEST_CASE(children_have_their_parents_abi) {
    Threads threads;
    threads.become_compat(7);
    BOOST_TEST(threads.entry(7, 120) == "compat");
    BOOST_TEST(threads.exit(8, 120, 0) == "compat");  // before its parent
    BOOST_TEST(threads.exit(7, 120, 8) == "compat");
    BOOST_TEST(threads.entry(8, 3) == "compat");
    BOOST_TEST(threads.entry(7, 120) == "compat");
    BOOST_TEST(threads.exit(7, 120, 9) == "compat");
    BOOST_TEST(threads.exit(9, 120, 0) == "compat");   // behind it
    BOOST_TEST(threads.exit(10, 120, 0) == "native");  // nobody's: getresgid
}

BOOST_AUTO_TEST_CASE(a_child_that_is_another_program_when_its_parent_returns_stays_one) {
    Threads threads;
    threads.become_compat(7);
    BOOST_TEST(threads.entry(7, 190) == "compat");  // vfork
    BOOST_TEST(threads.exit(8, 190, 0) == "compat");
    BOOST_TEST(threads.entry(8, 11) == "compat");
    BOOST_TEST(threads.exit(8, 59, 0) == "native");
    BOOST_TEST(threads.exit(7, 190, 8) == "compat");
    BOOST_TEST(threads.entry(8, 3) == "native");
}

BOOST_AUTO_TEST_CASE(a_number_of_another_namespace_makes_nobody_a_child) {
    Threads threads;
    threads.become_compat(7);
    BOOST_TEST(threads.entry(7, 120) == "compat");
    BOOST_TEST(threads.exit(7, 120, 2) == "compat");
    BOOST_TEST(threads.entry(2, 3) == "native");
}

BOOST_AUTO_TEST_CASE(calls_whose_exits_are_lost_leave_nothing) {
    Threads threads;
    BOOST_TEST(threads.entry(7, 59) == "native");
    BOOST_TEST(threads.entry(7, 56) == "native");
    BOOST_TEST(threads.exit(7, 56, 8) == "native");
    BOOST_TEST(threads.entry(8, 3) == "native");
    threads.become_compat(9);
    BOOST_TEST(threads.entry(9, 120) == "compat");
    BOOST_TEST(threads.entry(9, 120) == "compat");
    BOOST_TEST(threads.entry(9, 1) == "compat");
    BOOST_TEST(threads.exit(10, 120, 0) == "native");  // nobody forks
}

BOOST_AUTO_TEST_CASE(the_number_of_a_thread_that_has_ended_is_free) {
    Threads threads;
    threads.become_compat(7);
    BOOST_TEST(threads.entry(7, 1) == "compat");
    BOOST_TEST(threads.entry(7, 1) == "native");
}

BOOST_AUTO_TEST_SUITE_END()
