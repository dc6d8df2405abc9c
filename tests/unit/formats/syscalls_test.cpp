// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers, names and roles; argument counts are in syscall_arguments_test.cpp.
#include "formats/syscalls.hpp"

#include <linux/audit.h>
#include <seccomp.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "formats/kstrax_abi.h"

using kstrax::CallRole;
using kstrax::Syscall;
using kstrax::syscall_table;
using kstrax::SyscallTable;

namespace {

constexpr int kX32Bit = 0x40000000;

const SyscallTable& x86_64() { return *syscall_table(AUDIT_ARCH_X86_64, KSTRAX_ABI_NATIVE); }
const SyscallTable& ia32() { return *syscall_table(AUDIT_ARCH_I386, KSTRAX_ABI_NATIVE); }
const SyscallTable& x32() { return *syscall_table(AUDIT_ARCH_X86_64, KSTRAX_ABI_X32); }
const SyscallTable& arm64() { return *syscall_table(AUDIT_ARCH_AARCH64, KSTRAX_ABI_NATIVE); }
const SyscallTable& arm32() { return *syscall_table(AUDIT_ARCH_AARCH64, KSTRAX_ABI_COMPAT); }
const SyscallTable& riscv64() { return *syscall_table(AUDIT_ARCH_RISCV64, KSTRAX_ABI_NATIVE); }
const SyscallTable& ia64() { return *syscall_table(AUDIT_ARCH_IA64, KSTRAX_ABI_NATIVE); }

using Numbers = std::map<std::string, int>;

/// Checks a table both ways against what somebody else says.
/// missing_there: of our names, those that they cannot know.
void same_calls(const SyscallTable& ours, const Numbers& theirs, const std::set<std::string>& missing_there) {
    BOOST_TEST_CONTEXT("table " << ours.name) {
        for (const auto& [name, nr] : theirs) {
            const Syscall* call = ours.find(std::string_view{name});
            BOOST_TEST(call != nullptr, name << " (" << nr << ") is not in our table");
            if (call != nullptr) BOOST_TEST(int{call->nr} == nr, name << ": ours " << call->nr << ", theirs " << nr);
        }
        for (const Syscall& call : ours.calls) {
            const std::string name{call.name};
            if (missing_there.contains(name)) continue;
            const auto at = theirs.find(name);
            BOOST_TEST((at != theirs.end() && at->second == call.nr), name << " (" << call.nr << ") is ours alone");
        }
    }
}

/// Calls that came with Linux 6.2 and later: libseccomp and kernel headers on the machine may not know them.
std::set<std::string> newer_than(const SyscallTable& ours, const Numbers& theirs) {
    std::set<std::string> names{"uretprobe", "uprobe",  // x86-64, 6.11 and 6.18
                                "riscv_hwprobe"};       // 6.4
    for (const Syscall& call : ours.calls) {
        if (call.nr > 450 && call.nr < 512) names.insert(std::string{call.name});
    }
    for (const auto& [name, nr] : theirs) names.erase(name);
    return names;
}

Numbers numbers_of_seccomp(std::uint32_t arch, int flag) {
    Numbers numbers;
    for (int nr = 0; nr < 4096; ++nr) {
        char* name = seccomp_syscall_resolve_num_arch(arch, nr | flag);
        if (name != nullptr) numbers.emplace(name, nr);
        std::free(name);
    }
    return numbers;
}

Numbers numbers_of_header(const std::string& file, int flag) {
    const std::string path = "/usr/include/x86_64-linux-gnu/asm/" + file;
    std::ifstream in{path};
    BOOST_REQUIRE_MESSAGE(in, path << " is missing: install linux-libc-dev");
    Numbers numbers;
    const std::string prefix = "__NR_";
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line};
        std::string define;
        std::string name;
        std::string value;
        words >> define >> name >> value;
        if (define != "#define" || !name.starts_with(prefix)) continue;
        // In unistd_x32.h a number reads (__X32_SYSCALL_BIT + 1).
        if (value == "(__X32_SYSCALL_BIT") words >> value >> value;
        BOOST_REQUIRE_MESSAGE((flag != 0) == line.ends_with(')'), line);
        numbers.emplace(name.substr(prefix.size()), std::stoi(value));
    }
    BOOST_REQUIRE_GT(numbers.size(), 300U);
    return numbers;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(syscalls)

BOOST_AUTO_TEST_CASE(each_abi_has_its_table) {
    struct {
        std::uint32_t arch;
        std::uint16_t abi;
        const char* name;
    } const rows[] = {
        {AUDIT_ARCH_X86_64, KSTRAX_ABI_NATIVE, "x86_64"}, {AUDIT_ARCH_X86_64, KSTRAX_ABI_COMPAT, "ia32"},
        {AUDIT_ARCH_X86_64, KSTRAX_ABI_X32, "x32"},       {AUDIT_ARCH_I386, KSTRAX_ABI_NATIVE, "ia32"},
        {AUDIT_ARCH_IA64, KSTRAX_ABI_NATIVE, "ia64"},     {AUDIT_ARCH_AARCH64, KSTRAX_ABI_NATIVE, "arm64"},
        {AUDIT_ARCH_AARCH64, KSTRAX_ABI_COMPAT, "arm32"}, {AUDIT_ARCH_RISCV64, KSTRAX_ABI_NATIVE, "riscv64"},
    };
    for (const auto& row : rows) {
        const SyscallTable* table = syscall_table(row.arch, row.abi);
        BOOST_REQUIRE(table != nullptr);
        BOOST_TEST(table->name == row.name);
    }
    BOOST_TEST(syscall_table(AUDIT_ARCH_I386, KSTRAX_ABI_COMPAT) == nullptr);
    BOOST_TEST(syscall_table(AUDIT_ARCH_IA64, KSTRAX_ABI_X32) == nullptr);
    BOOST_TEST(syscall_table(AUDIT_ARCH_X86_64, 3) == nullptr);
    BOOST_TEST(syscall_table(AUDIT_ARCH_AARCH64, KSTRAX_ABI_X32) == nullptr);
    BOOST_TEST(syscall_table(AUDIT_ARCH_ARM, KSTRAX_ABI_NATIVE) == nullptr);
    BOOST_TEST(syscall_table(0, 0) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_table_finds_its_rows_and_nothing_else) {
    for (const SyscallTable* table : {&x86_64(), &ia32(), &x32(), &ia64(), &arm64(), &arm32(), &riscv64()}) {
        BOOST_TEST_CONTEXT("table " << table->name) {
            std::map<std::uint16_t, const Syscall*> by_nr;
            std::set<std::string_view> names;
            int last = -1;
            for (const Syscall& call : table->calls) {
                BOOST_TEST(call.nr > last);
                last = call.nr;
                BOOST_TEST(!call.name.empty());
                BOOST_TEST(names.insert(call.name).second, call.name << " twice");
                BOOST_TEST(call.arg_count <= 6);
                BOOST_TEST((call.string_args >> call.arg_count) == 0, call.name);
                BOOST_TEST(table->find(call.name) == &call);
                by_nr[call.nr] = &call;
            }
            // KSTRAX_NR_NONE and KSTRAX_NR_TOO_BIG must stay nameless.
            BOOST_TEST(last < KSTRAX_NR_TOO_BIG);
            for (unsigned nr = 0; nr <= 0xffff; ++nr) {
                const auto at = by_nr.find(static_cast<std::uint16_t>(nr));
                const Syscall* expected = at == by_nr.end() ? nullptr : at->second;
                if (table->find(static_cast<std::uint16_t>(nr)) != expected) BOOST_ERROR("number " << nr);
            }
            BOOST_TEST(table->find(std::string_view{"no_such_call"}) == nullptr);
            BOOST_TEST(table->find(std::string_view{}) == nullptr);
        }
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_those_of_libseccomp) {
    struct {
        const SyscallTable& table;
        std::uint32_t arch;
        int flag;
    } const rows[] = {
        {x86_64(), SCMP_ARCH_X86_64, 0}, {ia32(), SCMP_ARCH_X86, 0},  {x32(), SCMP_ARCH_X32, kX32Bit},
        {arm64(), SCMP_ARCH_AARCH64, 0}, {arm32(), SCMP_ARCH_ARM, 0}, {riscv64(), SCMP_ARCH_RISCV64, 0},
    };
    for (const auto& row : rows) {
        Numbers theirs = numbers_of_seccomp(row.arch, row.flag);
        BOOST_REQUIRE_GT(theirs.size(), 300U);
        same_calls(row.table, theirs, newer_than(row.table, theirs));
        // The other direction of their table. Negative: a call of another architecture, or
        // one that goes through socketcall and ipc.
        for (const Syscall& call : row.table.calls) {
            const int nr = seccomp_syscall_resolve_name_arch(row.arch, std::string{call.name}.c_str());
            if (nr >= 0) BOOST_TEST(nr == (call.nr | row.flag), row.table.name << ' ' << call.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_those_of_kernel_headers) {
    const Numbers native = numbers_of_header("unistd_64.h", 0);
    same_calls(x86_64(), native, newer_than(x86_64(), native));
    const Numbers compat = numbers_of_header("unistd_32.h", 0);
    same_calls(ia32(), compat, newer_than(ia32(), compat));
    const Numbers x32_numbers = numbers_of_header("unistd_x32.h", kX32Bit);
    same_calls(x32(), x32_numbers, newer_than(x32(), x32_numbers));
}

// No IA-64 header is to be had here: numbers of a running IA-64 kernel and of its 4.x header, and
// consistency.
BOOST_AUTO_TEST_CASE(ia64_numbers) {
    struct {
        const char* name;
        int nr;
    } const rows[] = {
        {"exit", 1025},       {"read", 1026},          {"write", 1027},    {"open", 1028},
        {"execve", 1033},     {"umount2", 1044},       {"pipe", 1058},     {"setreuid", 1071},
        {"select", 1089},     {"gettid", 1105},        {"shmctl", 1116},   {"vhangup", 1123},
        {"clone", 1128},      {"pread64", 1148},       {"mmap", 1151},     {"nanosleep", 1168},
        {"perfmonctl", 1175}, {"rt_sigreturn", 1181},  {"socket", 1190},   {"recvmsg", 1206},
        {"fstat", 1212},      {"clone2", 1213},        {"futex", 1230},    {"exit_group", 1236},
        {"epoll_wait", 1245}, {"clock_gettime", 1254}, {"mq_open", 1262},  {"keyctl", 1273},
        {"openat", 1281},     {"ppoll", 1295},         {"timerfd", 1308},  {"dup3", 1316},
        {"prlimit64", 1325},  {"accept4", 1334},       {"execveat", 1342}, {"statx", 1350},
        {"rseq", 1357},       {"openat2", 1461},
    };
    for (const auto& row : rows) {
        const Syscall* call = ia64().find(std::string_view{row.name});
        BOOST_REQUIRE_MESSAGE(call != nullptr, row.name);
        BOOST_TEST(int{call->nr} == row.nr, row.name);
    }
    BOOST_TEST(int{ia64().calls.front().nr} == 1024);
    for (std::uint16_t nr = 0; nr < 1024; ++nr) BOOST_TEST(ia64().find(nr) == nullptr);

    // Since 5.1 a new call has one number everywhere, from 424; 1024 is added here.
    for (const Syscall& call : ia64().calls) {
        if (call.nr < 1024 + 424) continue;
        const Syscall* same = x86_64().find(static_cast<std::uint16_t>(call.nr - 1024));
        BOOST_REQUIRE(same != nullptr);
        BOOST_TEST(same->name == call.name);
        BOOST_TEST(same->arg_count == call.arg_count, call.name);
        BOOST_TEST(same->string_args == call.string_args, call.name);
    }
}

BOOST_AUTO_TEST_CASE(ia64_names_are_known_elsewhere_or_its_own) {
    const std::set<std::string_view> own{
        "ni_syscall", "old_getpagesize", "pciconfig_read", "pciconfig_write", "perfmonctl", "send",      "recv",
        "clone2",     "getunwind",       "timerfd",        "old_stat",        "old_lstat",  "old_fstat",
    };
    for (const Syscall& call : ia64().calls) {
        const bool elsewhere = x86_64().find(call.name) != nullptr || ia32().find(call.name) != nullptr;
        BOOST_TEST(elsewhere != own.contains(call.name), call.name);
    }
}

BOOST_AUTO_TEST_CASE(roles) {
    const std::map<std::string_view, CallRole> special{
        {"fork", CallRole::Forks},
        {"vfork", CallRole::Forks},
        {"clone", CallRole::Forks},
        {"clone2", CallRole::Forks},
        {"clone3", CallRole::Forks},
        {"execve", CallRole::Execs},
        {"execveat", CallRole::Execs},
        {"exit", CallRole::NoReturn},
        {"exit_group", CallRole::NoReturn},
        {"sigreturn", CallRole::SigReturn},
        {"rt_sigreturn", CallRole::SigReturn},
    };
    std::map<std::string_view, std::size_t> count;
    for (const SyscallTable* table : {&x86_64(), &ia32(), &x32(), &ia64(), &arm64(), &arm32(), &riscv64()}) {
        for (const Syscall& call : table->calls) {
            const auto at = special.find(call.name);
            const CallRole expected = at == special.end() ? CallRole::Ordinary : at->second;
            BOOST_TEST((call.role == expected), table->name << ' ' << call.name);
            count[table->name] += call.role != CallRole::Ordinary;
        }
    }
    BOOST_TEST(count["x86_64"] == 9U);
    BOOST_TEST(count["ia32"] == 10U);  // sigreturn too
    BOOST_TEST(count["x32"] == 9U);
    BOOST_TEST(count["arm64"] == 7U);  // neither fork nor vfork
    BOOST_TEST(count["riscv64"] == 7U);
    BOOST_TEST(count["arm32"] == 10U);
    BOOST_TEST(count["ia64"] == 7U);  // clone2; neither fork, vfork nor clone3
}

BOOST_AUTO_TEST_CASE(file_names_of_the_opening_calls) {
    const std::map<std::string_view, int> opening{{"open", 0}, {"creat", 0}, {"openat", 1}, {"openat2", 1}};
    for (const SyscallTable* table : {&x86_64(), &ia32(), &x32(), &ia64(), &arm64(), &arm32(), &riscv64()}) {
        std::size_t found = 0;
        for (const Syscall& call : table->calls) {
            const auto at = opening.find(call.name);
            BOOST_TEST(int{call.file_name_arg} == (at == opening.end() ? -1 : at->second), call.name);
            if (at == opening.end()) continue;
            ++found;
            BOOST_TEST(int{call.string_args} == 1 << at->second, call.name);
        }
        const bool newer = table == &arm64() || table == &riscv64();  // neither open nor creat
        BOOST_TEST(found == opening.size() - (newer ? 2 : 0), table->name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
