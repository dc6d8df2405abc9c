// SPDX-License-Identifier: GPL-2.0-or-later
// What a filter lets pass.
#include "analyzer/query/filter.hpp"

#include <linux/audit.h>

#include <boost/test/unit_test.hpp>

#include "analyzer/fields/all_fields.hpp"
#include "formats/kstrax_abi.h"

using namespace kstrax;

namespace {

constexpr std::uint16_t kRead = 0;
constexpr std::uint16_t kSocket = 41;

Call complete(Tid tid, CpuId cpu, std::uint16_t nr, Nanos start, Nanos end) {
    Call call;
    call.has_entry = call.has_exit = true;
    call.tid = tid;
    call.tgid = tid / 100 * 100;
    call.cpu = cpu;
    call.nr = nr;
    call.start = start;
    call.end = end;
    return call;
}

constexpr Nanos kNow = 1000;

/// Of an x86-64 machine, started at midnight.
const Recording& recording() {
    static const Recording made = [] {
        Recording one;
        one.facts.audit_arch = AUDIT_ARCH_X86_64;
        one.facts.word_size = 8;
        one.layout = find_layout(KSTRAX_LAYOUT_X86_64);
        return one;
    }();
    return made;
}

Selection selection(const Filter& filter, Nanos end = 0) {
    auto made = Selection::make(filter, recording(), kCallFields, end);
    BOOST_REQUIRE(made);
    return std::move(*made);
}

Filter where(std::string_view text) {
    auto expression = Expression::parse(text);
    BOOST_REQUIRE(expression);
    Filter filter;
    filter.conditions.push_back({std::string(text), std::move(*expression)});
    return filter;
}

/// Of a 32-bit machine.
const Recording& small_recording() {
    static const Recording made = [] {
        Recording one;
        one.facts.audit_arch = AUDIT_ARCH_I386;
        one.facts.word_size = 4;
        one.layout = find_layout(KSTRAX_LAYOUT_IA32);
        return one;
    }();
    return made;
}

/// Does a call that returned this word pass?
bool passes_32(std::string_view expression, std::uint64_t word) {
    constexpr std::uint16_t kMmap2 = 192;
    Call call = complete(300, 0, kMmap2, 100, 200);
    call.ret = word;
    auto made = Selection::make(where(expression), small_recording(), kCallFields, 0);
    BOOST_REQUIRE(made);
    return made->wants(call, kNow);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(filter)

// `ret` is as text shows it: a word of 32 bits is no negative number, but an error is -errno.
BOOST_AUTO_TEST_CASE(ret_on_a_32_bit_machine) {
    BOOST_TEST(passes_32("ret==0xb7f00000", 0xb7f00000));
    BOOST_TEST(passes_32("ret>0xb0000000 && ret<0xc0000000", 0xb7f00000));
    BOOST_TEST(!passes_32("ret<0", 0xb7f00000));
    BOOST_TEST(!passes_32("error", 0xb7f00000));
    BOOST_TEST(passes_32("ret==-11 && error==EAGAIN && ret<0", 0xfffffff5));
    BOOST_TEST(!passes_32("ret==0xfffffff5 || ret>0", 0xfffffff5));
    // The last word that is no error, and the first that is.
    BOOST_TEST(passes_32("ret==0xfffff000 && !error", 0xfffff000));
    BOOST_TEST(passes_32("ret==-4095 && error", 0xfffff001));
    // What stands above the word was never the program's.
    BOOST_TEST(passes_32("ret==3", 0xffffffff00000003));
}

BOOST_AUTO_TEST_CASE(an_empty_one_lets_all_pass) {
    BOOST_TEST(Filter{}.empty());
    BOOST_TEST(selection({}).wants(complete(1, 0, kRead, 1, 2), kNow));
}

BOOST_AUTO_TEST_CASE(a_process_is_all_its_threads_and_a_thread_itself) {
    Filter filter;
    filter.tasks = {200, 301};
    Selection s = selection(filter);
    BOOST_TEST(s.wants(complete(200, 0, kRead, 1, 2), kNow));
    BOOST_TEST(s.wants(complete(207, 0, kRead, 1, 2), kNow));
    BOOST_TEST(s.wants(complete(301, 0, kRead, 1, 2), kNow));
    BOOST_TEST(!s.wants(complete(302, 0, kRead, 1, 2), kNow));
}

BOOST_AUTO_TEST_CASE(calls_go_by_name_and_by_class_in_their_own_abi) {
    Filter filter;
    filter.calls = {"network", "read"};
    Selection s = selection(filter);
    BOOST_TEST(s.wants(complete(1, 0, kSocket, 1, 2), kNow));
    BOOST_TEST(s.wants(complete(1, 0, kRead, 1, 2), kNow));
    BOOST_TEST(!s.wants(complete(1, 0, 1, 1, 2), kNow));
    Call compat = complete(1, 0, 3, 1, 2);  // read of IA-32, close of x86-64
    BOOST_TEST(!s.wants(compat, kNow));
    compat.abi = KSTRAX_ABI_COMPAT;
    BOOST_TEST(s.wants(compat, kNow));
    compat.abi = 77;  // from a damaged slot
    BOOST_TEST(!s.wants(compat, kNow));
}

BOOST_AUTO_TEST_CASE(a_name_that_no_abi_has_is_a_mistake) {
    Filter filter;
    filter.calls = {"raed"};
    const auto made = Selection::make(filter, recording(), kCallFields, 0);
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().code == ErrorCode::Usage));
    BOOST_TEST(made.error().message == "-e: no system call or class 'raed'; did you mean 'read'?");
}

BOOST_AUTO_TEST_CASE(conditions_hold_beside_all_else) {
    Filter filter = where("duration>=10ns");
    filter.cpus = {1};
    Selection s = selection(filter);
    BOOST_TEST(!s.is_everything());
    BOOST_TEST(s.wants(complete(1, 1, kRead, 1, 11), kNow));
    BOOST_TEST(!s.wants(complete(1, 1, kRead, 1, 10), kNow));
    BOOST_TEST(!s.wants(complete(1, 0, kRead, 1, 11), kNow));
}

BOOST_AUTO_TEST_CASE(a_call_in_flight_has_taken_until_now) {
    Call open = complete(1, 0, kRead, 50, 0);
    open.has_exit = false;
    open.state = CallState::InFlight;
    BOOST_TEST(selection(where("duration==950ns && state==in_flight && !end")).wants(open, kNow));
    open.state = CallState::ExitLost;
    BOOST_TEST(!selection(where("duration")).wants(open, kNow));
}

BOOST_AUTO_TEST_CASE(the_last_ones_are_of_those_that_conditions_let_pass) {
    Filter filter = where("start_ns<4");
    filter.last = 1;
    Selection s = selection(filter);
    const std::vector<Call> calls{complete(1, 0, kRead, 1, 2), complete(1, 0, kRead, 3, 4),
                                  complete(1, 0, kRead, 5, 6)};
    for (const Call& call : calls) s.count(call, kNow);
    std::string starts;
    for (const Call& call : calls)
        if (s.wants(call, kNow)) starts += std::to_string(call.start);
    BOOST_TEST(starts == "3");
}

BOOST_AUTO_TEST_CASE(a_field_that_the_report_does_not_have_is_a_mistake) {
    const auto made = Selection::make(where("cpu==1 && serial==3"), recording(), kCallFields, 0);
    BOOST_REQUIRE(!made);
    BOOST_TEST(made.error().message == "cpu==1 && serial==3: this report has no field 'serial'");
}

BOOST_AUTO_TEST_CASE(a_window_holds_what_was_under_way_in_it) {
    Filter filter;
    filter.window = 10;
    Selection s = selection(filter, 100);
    BOOST_TEST(!s.wants(complete(1, 0, kRead, 50, 89), kNow));
    BOOST_TEST(s.wants(complete(1, 0, kRead, 50, 90), kNow));
    Call open = complete(1, 0, kRead, 50, 0);
    open.has_exit = false;
    open.state = CallState::ExitLost;
    BOOST_TEST(!s.wants(open, kNow));
    open.state = CallState::InFlight;
    BOOST_TEST(s.wants(open, kNow));
    filter.window = 1000;  // longer than time itself
    BOOST_TEST(selection(filter, 100).wants(complete(1, 0, kRead, 0, 1), kNow));
}

BOOST_AUTO_TEST_CASE(the_last_ones_are_of_each_cpu_or_of_each_task_given) {
    const std::vector<Call> calls{complete(100, 0, kRead, 1, 2), complete(100, 1, kRead, 2, 3),
                                  complete(200, 0, kRead, 3, 4), complete(100, 0, kRead, 5, 6)};
    const auto shown = [&](const Filter& filter) {
        Selection s = selection(filter);
        BOOST_TEST(s.needs_count());
        for (const Call& call : calls) s.count(call, kNow);
        std::string starts;
        for (const Call& call : calls)
            if (s.wants(call, kNow)) starts += std::to_string(call.start);
        return starts;
    };
    Filter filter;
    filter.last = 1;
    BOOST_TEST(shown(filter) == "25");
    filter.tasks = {100};
    BOOST_TEST(shown(filter) == "5");
    filter.last = 2;
    BOOST_TEST(shown(filter) == "25");
    filter.last = 0;
    BOOST_TEST(shown(filter) == "");
}

BOOST_AUTO_TEST_CASE(it_says_in_a_sentence_what_it_lets_pass) {
    Filter filter;
    filter.cpus = {0, 3};
    filter.calls = {"FILE", "futex"};
    filter.last = 5;
    filter.window = 1'500'000'000;
    BOOST_TEST(describe(filter) == "CPU 0, 3; FILE, futex; the last 1.500000000 s; the last 5 of each CPU");
}

BOOST_AUTO_TEST_SUITE_END()
