// SPDX-License-Identifier: GPL-2.0-or-later
// The classes cover every call of every ABI, and name nothing else.
#include "formats/call_classes.hpp"

#include <linux/audit.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "formats/kstrax_abi.h"
#include "formats/syscalls.hpp"

using namespace kstrax;

namespace {

struct Abi {
    std::uint32_t audit_arch;
    std::uint16_t abi;
};
constexpr Abi kAbisOfAll[] = {{AUDIT_ARCH_X86_64, KSTRAX_ABI_NATIVE},  {AUDIT_ARCH_X86_64, KSTRAX_ABI_X32},
                              {AUDIT_ARCH_I386, KSTRAX_ABI_NATIVE},    {AUDIT_ARCH_IA64, KSTRAX_ABI_NATIVE},
                              {AUDIT_ARCH_AARCH64, KSTRAX_ABI_NATIVE}, {AUDIT_ARCH_AARCH64, KSTRAX_ABI_COMPAT}};

std::map<std::string_view, int> classes_of_each_call() {
    std::map<std::string_view, int> count;
    for (const CallClass& one : call_classes())
        each_call_name(one.calls, [&](std::string_view name) { ++count[name]; });
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classes_of_calls)

BOOST_AUTO_TEST_CASE(every_call_is_in_a_class_or_said_to_be_in_none) {
    const auto classed = classes_of_each_call();
    std::map<std::string_view, int> unclassed;
    each_call_name(unclassed_calls(), [&](std::string_view name) { ++unclassed[name]; });
    for (const Abi& abi : kAbisOfAll)
        for (const Syscall& call : syscall_table(abi.audit_arch, abi.abi)->calls)
            BOOST_CHECK_MESSAGE(classed.contains(call.name) != unclassed.contains(call.name),
                                call.name << " is in " << classed.count(call.name) << " lists of classes and in "
                                          << unclassed.count(call.name) << " of none");
}

BOOST_AUTO_TEST_CASE(only_calls_that_some_abi_has_are_listed) {
    auto listed = classes_of_each_call();
    each_call_name(unclassed_calls(), [&](std::string_view name) { ++listed[name]; });
    for (const auto& [name, count] : listed) {
        bool known = false;
        for (const Abi& abi : kAbisOfAll) known |= syscall_table(abi.audit_arch, abi.abi)->find(name) != nullptr;
        BOOST_CHECK_MESSAGE(known, name << " is no call");
    }
}

BOOST_AUTO_TEST_CASE(no_class_names_a_call_twice) {
    for (const CallClass& one : call_classes()) {
        std::map<std::string_view, int> seen;
        each_call_name(one.calls, [&](std::string_view name) { ++seen[name]; });
        for (const auto& [name, times] : seen) BOOST_CHECK_MESSAGE(times == 1, name << " twice in " << one.name);
    }
}

BOOST_AUTO_TEST_CASE(a_class_is_found_in_any_case) {
    BOOST_TEST(find_call_class("FILE") == find_call_class("file"));
    BOOST_TEST(find_call_class("signal")->name == "SIGNAL");
    BOOST_TEST(!find_call_class("files"));
    BOOST_TEST(!find_call_class(""));
}

BOOST_AUTO_TEST_SUITE_END()
