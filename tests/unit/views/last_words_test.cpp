// SPDX-License-Identifier: GPL-2.0-or-later
// Why a kernel died, out of its log.
#include "analyzer/views/kernel/overview/last_words.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/views/kernel/overview/overview.hpp"

using namespace kstrax;

namespace {

constexpr Nanos kSecond = 1'000'000'000;

struct Said {
    Nanos time;
    std::string_view text;
};

LastWords last_words(std::initializer_list<Said> lines, std::size_t most = 10) {
    LastWordsFinder finder(most);
    for (const Said& said : lines) {
        LogRecord record;
        record.time = said.time;
        record.text = said.text;
        finder.see(record);
    }
    return finder.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(last_words_of_a_kernel)

BOOST_AUTO_TEST_CASE(the_first_complaint_before_the_panic_is_the_cause) {
    const LastWords words = last_words({{9 * kSecond, "eth0: link up"},
                                        {10 * kSecond, "BUG: kernel NULL pointer dereference, address: 28"},
                                        {10 * kSecond, "RIP: 0010:book+0x5/0x10 [shop]"},
                                        {10 * kSecond, "general protection fault in the same breath"},
                                        {10 * kSecond, "RIP: 0010:second+0x5/0x10"},
                                        {11 * kSecond, "Kernel panic - not syncing: Fatal exception"}});
    BOOST_REQUIRE(words.panic.has_value());
    BOOST_TEST(words.panic->text == "Fatal exception");
    BOOST_TEST(*words.panic->time == 11 * kSecond);
    BOOST_REQUIRE(words.cause.has_value());
    BOOST_TEST(words.cause->text == "BUG: kernel NULL pointer dereference, address: 28");
    BOOST_TEST(words.place == "book+0x5/0x10 [shop]");
    BOOST_TEST(words.records == 6);
}

BOOST_AUTO_TEST_CASE(what_was_wrong_long_before_is_no_cause) {
    const LastWords words = last_words({{1 * kSecond, "WARNING: CPU: 0 PID: 1 at kernel/x.c:1 x+0x0/0x1"},
                                        {1 * kSecond, "RIP: 0010:x+0x0/0x1"},
                                        {90 * kSecond, "Kernel panic - not syncing: sysrq triggered crash"}});
    BOOST_TEST(!words.cause.has_value());
    BOOST_TEST(words.place.empty());
}

BOOST_AUTO_TEST_CASE(a_kernel_that_goes_to_its_crash_kernel_says_no_panic) {
    const LastWords words = last_words({{10 * kSecond, "sysrq: Trigger a crash"}});
    BOOST_TEST(!words.panic.has_value());
    BOOST_REQUIRE(words.cause.has_value());
    BOOST_TEST(words.cause->text == "sysrq: Trigger a crash");
}

BOOST_AUTO_TEST_CASE(a_place_of_user_mode_is_none) {
    const LastWords words = last_words({{1, "BUG: soft"}, {1, "RIP: 0033:0x4382e0"}, {1, "RIP: 0010:spin+0x2/0x4"}});
    BOOST_TEST(words.place == "spin+0x2/0x4");
}

BOOST_AUTO_TEST_CASE(registers_and_stacks_are_left_out_and_counted) {
    const LastWords words = last_words({{1, "first"},
                                        {1, "second"},
                                        {1, "RAX: 0"},
                                        {2, "third\n a_frame+0x1/0x2\nCall Trace:"},
                                        {2, "fourth"},
                                        {3, "---[ end Kernel panic"}},
                                       3);
    BOOST_REQUIRE_EQUAL(words.last.size(), 3);
    BOOST_TEST(words.last[0].text == "second");
    BOOST_TEST(words.last[2].text == "fourth");
    BOOST_TEST(words.left_out == 4);  // those between and behind the lines that are shown
}

BOOST_AUTO_TEST_CASE(the_way_to_the_panic_is_left_out_of_a_stack) {
    BOOST_TEST(
        without_panic("panic < oops_end < page_fault_oops < exc_page_fault < asm_exc_page_fault < book < write") ==
        "book < write");
    BOOST_TEST(without_panic("__const_udelay < panic < sysrq_handle_crash < write") == "sysrq_handle_crash < write");
    // A timer's own panic: what it interrupted is not to blame.
    BOOST_TEST(without_panic("panic < my_timer < call_timer_fn < asm_sysvec_apic_timer_interrupt < idle") ==
               "my_timer < call_timer_fn < asm_sysvec_apic_timer_interrupt < idle");
    BOOST_TEST(without_panic("panic") == "panic");
    BOOST_TEST(without_panic("") == "");
}

BOOST_AUTO_TEST_SUITE_END()
