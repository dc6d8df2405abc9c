// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/parallel.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <new>
#include <vector>

using namespace kstrax;

BOOST_AUTO_TEST_SUITE(parallel)

BOOST_AUTO_TEST_CASE(each_piece_is_done_once) {
    std::vector<std::atomic<int>> done(1000);
    parallel_for(done.size(), [&](std::size_t i) { ++done[i]; });
    for (const auto& times : done) BOOST_TEST(times == 1);
    parallel_for(0, [](std::size_t) { BOOST_ERROR("there is no work"); });
}

// Out of a thread's own function it would end the process.
BOOST_AUTO_TEST_CASE(what_a_piece_throws_on_any_thread_reaches_the_caller) {
    BOOST_CHECK_THROW(parallel_for(1000, [](std::size_t) { throw std::bad_alloc(); }), std::bad_alloc);
    for (std::size_t bad = 0; bad < 50; ++bad)
        BOOST_CHECK_THROW(parallel_for(50,
                                       [&](std::size_t i) {
                                           if (i == bad) throw std::bad_alloc();
                                       }),
                          std::bad_alloc);
}

BOOST_AUTO_TEST_SUITE_END()
