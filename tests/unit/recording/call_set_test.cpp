// SPDX-License-Identifier: GPL-2.0-or-later
// What kstrax -e switches, and how kstrax -S says it.
#include "analyzer/recording/call_set.hpp"

#include <linux/audit.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "analyzer/importers/kstrax/from_abi.hpp"

using namespace kstrax;

namespace {

kstrax_filter everything() {
    kstrax_filter filter{};
    filter.traced_pid = -1;
    std::memset(filter.native_calls, 0xff, sizeof filter.native_calls);
    std::memset(filter.compat_calls, 0xff, sizeof filter.compat_calls);
    return filter;
}

std::string after(std::initializer_list<const char*> types) {
    CallSet set = calls_of(everything(), AUDIT_ARCH_X86_64);
    for (const char* type : types) BOOST_REQUIRE(set.toggle(type));
    return set.describe();
}

bool has(const __u8* bits, int nr) { return (bits[nr / 8] >> nr % 8 & 1) != 0; }

}  // namespace

BOOST_AUTO_TEST_SUITE(call_set)

BOOST_AUTO_TEST_CASE(the_first_kind_is_recorded_alone_the_next_is_added) {
    BOOST_TEST(after({}) == "ALL");
    BOOST_TEST(after({"FILE"}) == "FILE");
    BOOST_TEST(after({"NETWORK", "FILE"}) == "FILE NETWORK");
    BOOST_TEST(after({"getppid"}) == "getppid");
    BOOST_TEST(after({"SIGNAL", "getppid"}) == "SIGNAL getppid");
}

BOOST_AUTO_TEST_CASE(the_same_again_is_switched_off) {
    BOOST_TEST(after({"FILE", "FILE"}) == "NONE");
    BOOST_TEST(after({"getppid", "getppid"}) == "NONE");
    BOOST_TEST(after({"ALL"}) == "NONE");
    BOOST_TEST(after({"ALL", "ALL"}) == "ALL");
    BOOST_TEST(after({"FILE", "ALL"}) == "ALL");
    BOOST_TEST(after({"FILE", "FILE", "getppid"}) == "getppid");
}

BOOST_AUTO_TEST_CASE(what_is_of_another_kind_that_is_on_stays) {
    BOOST_TEST(after({"FILE", "NETWORK", "FILE"}) == "NETWORK");  // sendfile is of both
    BOOST_TEST(after({"NETWORK", "FILE", "NETWORK"}) == "FILE");
}

BOOST_AUTO_TEST_CASE(upper_and_lower_case_are_the_same) { BOOST_TEST(after({"file", "all"}) == "ALL"); }

BOOST_AUTO_TEST_CASE(a_name_is_a_call_in_every_table) {
    CallSet set = calls_of(everything(), AUDIT_ARCH_X86_64);
    BOOST_REQUIRE(set.toggle("getppid"));
    kstrax_filter filter = everything();
    store(set, filter);
    BOOST_TEST(has(filter.native_calls, 110));
    BOOST_TEST(has(filter.compat_calls, 64));
    BOOST_TEST(!has(filter.native_calls, 64));
    BOOST_TEST(!has(filter.compat_calls, 110));
}

BOOST_AUTO_TEST_CASE(x32_has_calls_of_its_own) {
    CallSet set = calls_of(everything(), AUDIT_ARCH_X86_64);
    BOOST_REQUIRE(set.toggle("rt_sigaction"));
    kstrax_filter filter = everything();
    store(set, filter);
    BOOST_TEST(has(filter.native_calls, 13));
    BOOST_TEST(has(filter.native_calls, 512));
}

BOOST_AUTO_TEST_CASE(a_return_from_a_signal_may_have_lost_its_number) {
    CallSet set = calls_of(everything(), AUDIT_ARCH_X86_64);
    BOOST_REQUIRE(set.toggle("SIGNAL"));
    kstrax_filter filter = everything();
    store(set, filter);
    BOOST_TEST(has(filter.native_calls, KSTRAX_NR_NONE));
    BOOST_TEST(!has(filter.native_calls, KSTRAX_NR_TOO_BIG));
    BOOST_TEST(set.describe() == "SIGNAL");
}

BOOST_AUTO_TEST_CASE(calls_by_number) {
    CallSet set = calls_of(everything(), AUDIT_ARCH_X86_64);
    BOOST_REQUIRE(set.toggle("syscall_3999"));
    kstrax_filter filter = everything();
    store(set, filter);
    BOOST_TEST(has(filter.native_calls, 3999));
    BOOST_TEST(!has(filter.native_calls, 0));
    BOOST_TEST(set.describe() == "syscall_3999");
    BOOST_REQUIRE(set.toggle("472"));
    BOOST_TEST(set.describe() == "fchroot syscall_3999");
    BOOST_TEST(!set.toggle("syscall_0"));  // that has a name
    BOOST_TEST(!set.toggle("4096"));
}

BOOST_AUTO_TEST_CASE(an_unknown_name_changes_nothing) {
    CallSet set = calls_of(everything(), AUDIT_ARCH_X86_64);
    const auto toggled = set.toggle("opne");
    BOOST_REQUIRE(!toggled);
    BOOST_TEST((toggled.error().code == ErrorCode::Usage));
    BOOST_TEST(set.describe() == "ALL");
}

BOOST_AUTO_TEST_CASE(ia32_has_its_own_numbers) {
    CallSet set = calls_of(everything(), AUDIT_ARCH_I386);
    BOOST_REQUIRE(set.toggle("getppid"));
    kstrax_filter filter = everything();
    store(set, filter);
    BOOST_TEST(has(filter.native_calls, 64));
    BOOST_TEST(!has(filter.compat_calls, 64));
}

BOOST_AUTO_TEST_SUITE_END()
