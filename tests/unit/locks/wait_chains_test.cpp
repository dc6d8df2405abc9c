// SPDX-License-Identifier: GPL-2.0-or-later
// Who waits for whom: chains, circles, and what is behind them.
#include "analyzer/kernel/locks/wait_chains.hpp"

#include <boost/test/unit_test.hpp>

using namespace kstrax;

namespace {

LockWaiter waits(std::size_t task, std::uint64_t lock, std::optional<std::size_t> owner, Nanos off_cpu = 0,
                 bool owner_reads = false) {
    return {.task = task,
            .wait = {.kind = LockKind::Mutex, .lock = {lock}, .owner = owner, .owner_reads = owner_reads},
            .off_cpu = off_cpu};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wait_chains)

BOOST_AUTO_TEST_CASE(tasks_are_grouped_by_lock_the_longest_first) {
    const std::vector waiters{waits(1, 0x100, 9, 5), waits(2, 0x200, 8, 1), waits(3, 0x100, 9, 7)};
    const auto queues = group_waiters(waiters);
    BOOST_REQUIRE_EQUAL(queues.size(), 2);
    BOOST_TEST(queues[0].lock.value == 0x100);
    BOOST_TEST(queues[0].waiters == (std::vector<std::size_t>{2, 0}), boost::test_tools::per_element());
    BOOST_TEST(*queues[0].longest == 7);
    BOOST_TEST(*queues[0].owner == 9);
    BOOST_TEST(queues[0].then.empty());
    BOOST_TEST(!queues[0].circle);
}

BOOST_AUTO_TEST_CASE(a_chain_leads_from_owner_to_owner) {
    // 4 and 5 wait for 3, who waits for 2, who waits for 1.
    const std::vector waiters{waits(2, 0x100, 1), waits(3, 0x200, 2), waits(4, 0x300, 3), waits(5, 0x300, 3)};
    const auto queues = group_waiters(waiters);
    BOOST_REQUIRE_EQUAL(queues.size(), 3);
    BOOST_TEST(queues[0].lock.value == 0x100);
    BOOST_TEST(queues[0].behind == 4);
    BOOST_TEST(queues[1].lock.value == 0x200);
    BOOST_TEST(queues[1].behind == 3);
    BOOST_TEST(queues[2].lock.value == 0x300);
    BOOST_TEST(queues[2].behind == 2);
    BOOST_TEST(queues[2].then == (std::vector<std::size_t>{1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_circle_is_told_apart_from_a_chain_that_leads_into_it) {
    // 1 and 2 wait for each other, 3 for 1, and 5 for 4, who is in no lock.
    const std::vector waiters{waits(5, 0x400, 4, 9), waits(3, 0x300, 1), waits(1, 0x200, 2), waits(2, 0x100, 1)};
    const auto queues = group_waiters(waiters);
    BOOST_REQUIRE_EQUAL(queues.size(), 4);
    BOOST_TEST(queues[0].circle);
    BOOST_TEST(queues[1].circle);
    BOOST_TEST(queues[0].then == (std::vector<std::size_t>{1}), boost::test_tools::per_element());
    const auto beside = std::ranges::find(queues, VirtAddr{0x300}, &LockQueue::lock);
    BOOST_REQUIRE(beside != queues.end());
    BOOST_TEST(!beside->circle);
    BOOST_TEST(beside->then.size() == 2);
    BOOST_TEST(!std::ranges::find(queues, VirtAddr{0x400}, &LockQueue::lock)->circle);
}

BOOST_AUTO_TEST_CASE(a_task_may_wait_for_itself) {
    const auto queues = group_waiters(std::vector{waits(1, 0x100, 1)});
    BOOST_REQUIRE_EQUAL(queues.size(), 1);
    BOOST_TEST(queues[0].circle);
    BOOST_TEST(queues[0].then.empty());
}

BOOST_AUTO_TEST_CASE(readers_lead_nowhere) {
    // 2 was the last to read under 0x100, but may have let go.
    for (const LockQueue& queue : group_waiters(std::vector{waits(1, 0x100, 2, 0, true), waits(2, 0x200, 1)})) {
        BOOST_TEST(!queue.circle);
        if (queue.lock.value != 0x100) continue;
        BOOST_TEST(queue.read);
        BOOST_TEST(*queue.owner == 2);
        BOOST_TEST(queue.then.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_reader_that_waits_for_the_lock_has_let_go) {
    const auto queues = group_waiters(std::vector{waits(1, 0x100, 1, 0, true)});
    BOOST_REQUIRE_EQUAL(queues.size(), 1);
    BOOST_TEST(queues[0].read);
    BOOST_TEST(!queues[0].owner.has_value());
    BOOST_TEST(!queues[0].circle);
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_not_known_makes_no_queue) {
    BOOST_TEST(group_waiters(std::vector{waits(1, 0, std::nullopt)}).empty());
    const auto queues = group_waiters(std::vector{waits(1, 0x100, std::nullopt), waits(2, 0x100, 7)});
    BOOST_REQUIRE_EQUAL(queues.size(), 1);
    BOOST_TEST(*queues[0].owner == 7);  // whoever of them read it last
}

BOOST_AUTO_TEST_SUITE_END()
