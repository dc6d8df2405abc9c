// SPDX-License-Identifier: GPL-2.0-or-later
// Chains of tasks that wait for each other, in words.
#include "analyzer/views/kernel/overview/overview_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace kstrax;

namespace {

struct Chains {
    std::vector<KernelTask> tasks;
    Overview overview;

    /// Tasks are named by their place.
    explicit Chains(std::initializer_list<std::string_view> names) {
        tasks.resize(names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            tasks[i].pid = static_cast<Tid>(100 + i);
            tasks[i].command = names.begin()[i];
        }
        for (const KernelTask& task : tasks)
            overview.pictures.push_back(
                {.task = task, .call = {}, .stack = {}, .functions = {}, .wait = {}, .off_cpu = {}});
    }
    void wait(std::size_t task, std::uint64_t lock, std::optional<std::size_t> owner, LockKind kind = LockKind::Mutex,
              bool reads = false) {
        overview.waiters.push_back(
            {.task = task, .wait = {.kind = kind, .lock = {lock}, .owner = owner, .owner_reads = reads}, .off_cpu = 1});
    }
    std::string text(std::size_t i) {
        overview.queues = group_waiters(overview.waiters);
        return chain_text(overview, overview.queues.at(i));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(overview_text)

BOOST_AUTO_TEST_CASE(a_chain_goes_from_owner_to_owner) {
    Chains chains{"disk", "cache", "one", "two"};
    chains.wait(1, 0x100, 0, LockKind::RwsemToWrite);
    chains.wait(2, 0x200, 1);
    chains.wait(3, 0x200, 1);
    BOOST_TEST(chains.text(0) == "1 task waits for the rwsem that 100 disk holds");
    BOOST_TEST(chains.text(1) ==
               "2 tasks wait for the mutex that 101 cache holds, which waits for the rwsem that 100 disk holds");
}

BOOST_AUTO_TEST_CASE(a_circle_is_a_deadlock) {
    Chains chains{"in", "out", "late"};
    chains.wait(0, 0x200, 1);
    chains.wait(1, 0x100, 0);
    chains.wait(2, 0x100, 0);
    BOOST_TEST(chains.text(0) ==
               "DEADLOCK: 101 out waits for the mutex that 100 in holds, which waits for the mutex that 101 out holds; "
               "1 more waits behind them");
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_deadlock_is_told) {
    Chains chains{"in", "out", "beside", "late"};
    chains.wait(0, 0x200, 1);
    chains.wait(1, 0x100, 0);
    chains.wait(2, 0x100, 0);
    chains.wait(3, 0x300, 2);
    BOOST_TEST(chains.text(2).starts_with("1 task waits for the mutex that 102 beside holds, which waits for"));
    BOOST_TEST(chains.text(2).ends_with(": DEADLOCK"));
}

BOOST_AUTO_TEST_CASE(one_may_wait_for_itself) {
    Chains chains{"again"};
    chains.wait(0, 0x100, 0);
    BOOST_TEST(chains.text(0) == "DEADLOCK: 100 again waits for the mutex that 100 again holds");
}

BOOST_AUTO_TEST_CASE(readers_are_not_all_known) {
    Chains chains{"reader", "writer"};
    chains.wait(1, 0x100, 0, LockKind::RwsemToWrite, true);
    BOOST_TEST(chains.text(0) == "1 task waits for the rwsem that readers hold, of whom 100 reader came last");
    Chains none{"writer"};
    none.wait(0, 0x100, std::nullopt);
    BOOST_TEST(none.text(0) == "1 task waits for the mutex that nobody known holds");
}

BOOST_AUTO_TEST_CASE(locks_have_names) {
    Chains chains{"holder", "waiter", "writer"};
    chains.wait(1, 0x100, 0);
    chains.wait(0, 0x200, std::nullopt, LockKind::PercpuRwsem);
    chains.wait(2, 0x200, std::nullopt, LockKind::PercpuRwsem);
    chains.overview.waiters[0].wait.name = "rtnl_\x1b";
    for (const std::size_t i : {1U, 2U}) chains.overview.waiters[i].wait.name = "ext4 on vda1";
    BOOST_TEST(chains.text(0) == "2 tasks wait for the percpu rwsem ext4 on vda1 that nobody known holds");
    for (const std::size_t i : {1U, 2U}) chains.overview.waiters[i].wait.frozen = {0x1000};
    chains.overview.waiters[2].wait.lock = {0x300};  // its other lock
    BOOST_TEST(chains.text(0) == "2 tasks wait for the frozen file system ext4 on vda1");
    BOOST_TEST(chains.text(1) ==
               "1 task waits for the mutex rtnl_\\33 that 100 holder holds, which waits for the frozen file system "
               "ext4 on vda1");
}

BOOST_AUTO_TEST_CASE(names_are_escaped) {
    Chains chains{"\x1b[2J", "victim"};
    chains.wait(1, 0x100, 0);
    BOOST_TEST(chains.text(0) == "1 task waits for the mutex that 100 \\33[2J holds");
}

BOOST_AUTO_TEST_CASE(a_stack_that_is_not_known_makes_no_kernel_thread) {
    Chains chains{"sh"};
    ThreadPicture& one = chains.overview.pictures.front();
    for (const StackEnd end : {StackEnd::NoRegisters, StackEnd::Broken, StackEnd::NotThere}) {
        one.stack.end = end;
        BOOST_TEST(place_of_no_call(one).empty());
    }
    one.stack.end = StackEnd::UserMode;
    BOOST_TEST(place_of_no_call(one) == ", in no call");
    one.functions = "out_of_memory < asm_exc_page_fault";
    BOOST_TEST(place_of_no_call(one) == ", in a page fault");
    one.stack.end = StackEnd::NoRegisters;
    chains.tasks.front().flags = kKernelThread;
    BOOST_TEST(place_of_no_call(one) == ", a kernel thread");
}

BOOST_AUTO_TEST_SUITE_END()
