// SPDX-License-Identifier: GPL-2.0-or-later
// Calls in flight by the hundred thousand: what they cost, and that they come out as they went in.
#include "analyzer/trace/open_calls.hpp"

#include <malloc.h>

#include <boost/test/unit_test.hpp>

#include "analyzer/trace/pair.hpp"

using namespace kstrax;

namespace {

constexpr std::uint32_t kArchX86_64 = 0xc000003e;
constexpr std::uint32_t kThreads = 200'000;

/// Of thread `tid`, which enters openat (of a name if the number is a multiple of 1000), else read.
Record entry_of(Tid tid) {
    Record record{};
    record.entry.kind = kKindEntry;
    record.entry.pid = tid;
    record.entry.tgid = tid / 2;
    record.entry.time = 1000 + tid % 777;
    record.entry.nr = tid % 1000 == 0 ? 257 : 0;
    for (std::size_t i = 0; i < kMostArgs; ++i) record.entry.args[i] = i < 6 || tid % 5000 == 0 ? tid + i : 0;
    record.cpu = tid % 3;
    record.next_position = tid;
    record.has_path = tid % 1000 == 0;
    if (record.has_path) record.path = "/file/" + std::to_string(tid);
    return record;
}

bool is_of(const Call& call, const Record& record) {
    const Entry& entry = record.entry;
    return call.tid == entry.pid && call.tgid == entry.tgid && call.start == entry.time && call.nr == entry.nr &&
           call.cpu == record.cpu && std::ranges::equal(call.args, entry.args) && call.has_path == record.has_path &&
           call.path == record.path && call.has_entry && !call.has_exit && call.end == 0 && call.ret == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(open_calls)

BOOST_AUTO_TEST_CASE(a_call_in_flight_takes_at_most_150_bytes) {
    const CallNames names(kArchX86_64);
    std::uint64_t right = 0, wrong = 0, out_of_order = 0;
    std::pair<Nanos, Tid> last{};
    Pairer pairer(names, 0, [&](const Call& call) {
        ++(is_of(call, entry_of(call.tid)) && call.state == CallState::InFlight ? right : wrong);
        if (std::pair(call.start, call.tid) <= last) ++out_of_order;
        last = {call.start, call.tid};
    });
    const auto used = [] {
        const auto info = ::mallinfo2();  // 0 under a sanitizer, whose memory is another
        return info.uordblks + info.hblkhd;
    };
    const std::size_t before = used();
    for (Tid tid = 1; tid <= kThreads; ++tid) pairer.feed(entry_of(tid), {});
    const std::size_t each = (used() - before) / kThreads;
    BOOST_TEST(each <= 150U, each);
    pairer.finish();
    BOOST_TEST(right == kThreads);
    BOOST_TEST(wrong == 0U);
    BOOST_TEST(out_of_order == 0U);
}

BOOST_AUTO_TEST_CASE(a_place_that_is_used_again_keeps_nothing_of_the_call_before) {
    const CallNames names(kArchX86_64);
    std::vector<Call> calls;
    Pairer pairer(names, 0, [&](const Call& call) { calls.push_back(call); });
    for (const Tid tid :
         {5000U, 1U, 1000U, 2U}) {  // with a name and eight words, with neither, with a name, with neither
        pairer.feed(entry_of(tid), {});
        Record exit = entry_of(tid);
        exit.entry.kind = kKindExit;
        exit.entry.time += 5;
        exit.entry.args[0] = 7;
        exit.has_path = false;
        pairer.feed(exit, {});
    }
    BOOST_REQUIRE(calls.size() == 4U);
    for (const Call& call : calls) {
        const Record entry = entry_of(call.tid);
        BOOST_TEST((call.state == CallState::Complete && call.ret == 7 && call.end == call.start + 5));
        BOOST_TEST(call.has_path == entry.has_path);
        BOOST_TEST(call.path == entry.path);
        BOOST_TEST(std::ranges::equal(call.args, entry.entry.args));
    }
}

BOOST_AUTO_TEST_CASE(threads_are_found_again) {
    KnownThreads threads;
    for (Tid tid = 0; tid < 5000; ++tid) threads.of(tid * 0x10001U).seen = tid + 1;
    const KnownThread* some = &threads.of(77 * 0x10001U);
    std::uint64_t wrong = 0, count = 0;
    for (Tid tid = 0; tid < 5000; ++tid)
        if (threads.of(tid * 0x10001U).seen != tid + 1) ++wrong;
    for (const KnownThread& thread : threads) count += thread.seen != 0 ? 1 : 0;
    BOOST_TEST(wrong == 0U);
    BOOST_TEST(count == 5000U);
    BOOST_TEST(&threads.of(77 * 0x10001U) == some);
}

BOOST_AUTO_TEST_SUITE_END()
