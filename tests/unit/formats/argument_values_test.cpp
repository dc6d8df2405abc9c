// SPDX-License-Identifier: GPL-2.0-or-later
// The names of arguments' values, held against the kernel's own headers and, where
// the kernel does not give a constant to programs, against the C library's.
#include <asm/ioctls.h>
#if __has_include(<asm/prctl.h>)
#include <asm/prctl.h>  // x86's own
#endif
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/eventpoll.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/icmp.h>
#include <linux/inotify.h>
#include <linux/ioctl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/wait.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "analyzer/wording/argument_text.hpp"
#include "formats/kstrax_abi.h"
#include "formats/syscalls.hpp"

// <asm-generic/fcntl.h> gives these to programs of 32 bits only.
constexpr int kGetLock64 = 12;
#define F_GETLK64 kGetLock64
#define F_SETLK64 (kGetLock64 + 1)
#define F_SETLKW64 (kGetLock64 + 2)

using namespace kstrax;

namespace {

struct Expected {
    const char* name;
    std::uint64_t table;
    std::uint64_t header;
};

/// In <linux/time.h>'s place: those that no header can be asked for beside the others.

const Expected kExpected[] = {
#define ONE(kind, other)
#define FLAGS(kind, mask, other)
#define VALUE(name, value) {#name, static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(name)},
#define VALUE_ON(machines, name, value) KSTRAX_ON_##machines(name, value)
// The headers are those of the machine for which this is built.
#define KSTRAX_ON_IA64(name, value)
#ifdef __aarch64__
#define KSTRAX_ON_X86(name, value)
#define KSTRAX_ON_NotArm(name, value)
#define KSTRAX_ON_Arm(name, value) VALUE(name, value)
#else
#define KSTRAX_ON_X86(name, value) VALUE(name, value)
#define KSTRAX_ON_NotArm(name, value) VALUE(name, value)
#define KSTRAX_ON_Arm(name, value)
#endif
#include "formats/tables/argument_values.inc"
#undef ONE
#undef FLAGS
#undef VALUE
#undef VALUE_ON
};

/// As text: its first kind's.
const ValueKind& kind_named(std::string_view name) {
    const auto kinds = value_kinds();
    const auto at = std::ranges::find(kinds, name, &ValueKind::name);
    BOOST_REQUIRE(at != kinds.end());
    return *at;
}

std::string shown(std::string_view kind, std::uint64_t word, std::uint32_t arch = AUDIT_ARCH_X86_64,
                  std::uint16_t abi = KSTRAX_ABI_NATIVE) {
    TextBuffer out;
    ArgumentMeanings(arch, arch == AUDIT_ARCH_I386 ? 4 : 8)
        .append(out, {ArgumentForm::Named, &kind_named(kind)}, abi, word);
    return {out.data(), out.size()};
}

std::string shown(ArgumentForm form, std::uint64_t word, std::uint8_t word_size = 8,
                  std::uint16_t abi = KSTRAX_ABI_NATIVE) {
    TextBuffer out;
    ArgumentMeanings(AUDIT_ARCH_X86_64, word_size).append(out, {form, nullptr}, abi, word);
    return {out.data(), out.size()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(argument_values)

BOOST_AUTO_TEST_CASE(values_are_those_of_the_headers) {
    BOOST_TEST(std::size(kExpected) > 400U);
    for (const Expected& one : kExpected) {
        BOOST_TEST_CONTEXT(one.name) { BOOST_TEST(one.table == one.header); }
    }
}

// A value that can never be shown, since one before it takes its bits, is a slip.
BOOST_AUTO_TEST_CASE(every_value_shows_its_name) {
    for (const ValueKind& kind : value_kinds()) {
        std::set<std::pair<std::string_view, bool>> names;
        for (const NamedValue& value : kind.values) {
            BOOST_TEST_CONTEXT(kind.name << " " << value.name) {
                BOOST_TEST((names.emplace(value.name, value.machines == ValueMachines::Arm).second));
                const std::uint32_t arch = value.machines == ValueMachines::IA64  ? AUDIT_ARCH_IA64
                                           : value.machines == ValueMachines::Arm ? AUDIT_ARCH_AARCH64
                                                                                  : AUDIT_ARCH_X86_64;
                const std::string text = "|" + shown(kind.name, value.value, arch) + "|";
                BOOST_TEST(text.find("|" + std::string(value.name) + "|") != text.npos);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(numbers_by_their_form) {
    BOOST_TEST(shown(ArgumentForm::Int, 0xffffffff) == "-1");
    BOOST_TEST(shown(ArgumentForm::Int, 0xdead0000ffffff9c) == "-100");
    BOOST_TEST(shown(ArgumentForm::Unsigned, 0xffffffffffffffff) == "4294967295");
    BOOST_TEST(shown(ArgumentForm::Long, 0xffffffffffffffff) == "-1");
    BOOST_TEST(shown(ArgumentForm::Long, 0xfffffffe, 4) == "-2");
    BOOST_TEST(shown(ArgumentForm::Long, 0xfffffffe, 8, KSTRAX_ABI_COMPAT) == "-2");
    BOOST_TEST(shown(ArgumentForm::ULong, 0xffffffffffffffff) == "18446744073709551615");
    BOOST_TEST(shown(ArgumentForm::Octal, 0644) == "0644");
    BOOST_TEST(shown(ArgumentForm::Octal, 0) == "0");
    BOOST_TEST(shown(ArgumentForm::Bits, 0) == "0");
    BOOST_TEST(shown(ArgumentForm::Bits, 0x22000) == "0x22000");
    BOOST_TEST(shown(ArgumentForm::Pointer, 0) == "NULL");
    BOOST_TEST(shown(ArgumentForm::Pointer, 0x7fff00001000) == "0x7fff00001000");
}

BOOST_AUTO_TEST_CASE(flags_and_what_is_left_of_them) {
    BOOST_TEST(shown("openflags", 0x80000) == "O_RDONLY|O_CLOEXEC");
    BOOST_TEST(shown("openflags", 0x90800) == "O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY");
    BOOST_TEST(shown("openflags", 0x84800, AUDIT_ARCH_AARCH64) == "O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY");
    BOOST_TEST(shown("openflags", 0x84800) == "O_RDONLY|O_NONBLOCK|O_DIRECT|O_CLOEXEC");
    BOOST_TEST(shown("openflags", 04010001) == "O_WRONLY|O_SYNC");
    BOOST_TEST(shown("openflags", 0x80000003) == "0x80000003");
    BOOST_TEST(shown("openflags", 0x80000001) == "O_WRONLY|0x80000000");
    BOOST_TEST(shown("prot", 0) == "PROT_NONE");
    BOOST_TEST(shown("prot", 3) == "PROT_READ|PROT_WRITE");
    BOOST_TEST(shown("mapflags", 0x62) == "MAP_PRIVATE|MAP_ANONYMOUS|MAP_32BIT");
    BOOST_TEST(shown("mapflags", 0x262, AUDIT_ARCH_IA64) == "MAP_PRIVATE|MAP_ANONYMOUS|MAP_GROWSUP|0x40");
    BOOST_TEST(shown("cloneflags", 0x1200011) == "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD");
    BOOST_TEST(shown("futexop", 0x81) == "FUTEX_WAKE_PRIVATE");
    BOOST_TEST(shown("futexop", 0x189) == "FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME");
    BOOST_TEST(shown("accessmode", 4) == "R_OK");
    BOOST_TEST(shown("accessmode", 7) == "R_OK|W_OK|X_OK");
    BOOST_TEST(shown("atflags", 0) == "0");
    BOOST_TEST(shown("dirfd", 0xffffff9c) == "AT_FDCWD");
    BOOST_TEST(shown("dirfd", 3) == "3");
    BOOST_TEST(shown("signal", 33) == "33");
    BOOST_TEST(shown("ioctlcmd", 0x1234) == "0x1234");
}

namespace {

std::string form_text(std::string_view call, std::vector<std::uint64_t> words) {
    const ArgumentMeanings meanings(AUDIT_ARCH_X86_64, 8);
    const Syscall* known = syscall_table(AUDIT_ARCH_X86_64, KSTRAX_ABI_NATIVE)->find(call);
    BOOST_REQUIRE(known != nullptr);
    const CallForm* form = meanings.form_of(KSTRAX_ABI_NATIVE, known->nr, words);
    BOOST_REQUIRE(form != nullptr);
    TextBuffer out;
    for (std::size_t i = 0; i < form->count; ++i) {
        if (i > 0) out.push_back(' ');
        meanings.append(out, form->arguments[i], KSTRAX_ABI_NATIVE, words[i]);
    }
    return {out.data(), out.size()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_arguments_are_may_depend_on_another) {
    BOOST_TEST(form_text("open", {1, 0, 0644}) == "0x1 O_RDONLY");
    BOOST_TEST(form_text("open", {1, 0101, 0644}) == "0x1 O_WRONLY|O_CREAT 0644");
    BOOST_TEST(form_text("openat", {5, 1, 020200002, 0600}) == "5 0x1 O_RDWR|O_TMPFILE 0600");
    BOOST_TEST(form_text("openat", {5, 1, 0200000, 0600}) == "5 0x1 O_RDONLY|O_DIRECTORY");
    BOOST_TEST(form_text("fcntl", {1, 1, 7}) == "1 F_GETFD");
    BOOST_TEST(form_text("fcntl", {1, 2, 1}) == "1 F_SETFD FD_CLOEXEC");
    BOOST_TEST(form_text("fcntl", {1, 4, 04002}) == "1 F_SETFL O_RDWR|O_NONBLOCK");
    BOOST_TEST(form_text("socket", {2, 02000001, 6}) == "AF_INET SOCK_STREAM|SOCK_CLOEXEC IPPROTO_TCP");
    BOOST_TEST(form_text("socket", {1, 2, 0}) == "AF_UNIX SOCK_DGRAM 0");
    BOOST_TEST(form_text("futex", {0x1000, 0x81, 1, 0, 0, 0}) == "0x1000 FUTEX_WAKE_PRIVATE 1");
}

// Every row is of a call that there is, and has no more kinds than it has arguments.
BOOST_AUTO_TEST_CASE(rows_fit_their_calls) {
    std::set<std::string_view> calls;
    for (const CallForm& form : call_forms()) {
        BOOST_TEST_CONTEXT(form.call) {
            bool known = false;
            for (const SyscallTable* table : syscall_tables()) {
                const Syscall* call = table->find(form.call);
                if (call == nullptr || (!form.table.empty() && form.table != table->name)) continue;
                known = true;
                const bool has_own =
                    form.table.empty() && std::ranges::any_of(call_forms(), [&](const CallForm& other) {
                        return other.call == form.call && other.table == table->name;
                    });
                if (has_own) continue;
                BOOST_TEST_CONTEXT(table->name) { BOOST_TEST(int{form.count} <= int{call->arg_count}); }
            }
            BOOST_TEST(known);
        }
        calls.insert(form.call);
    }
    BOOST_TEST(calls.size() >= 80U);
}

BOOST_AUTO_TEST_SUITE_END()
