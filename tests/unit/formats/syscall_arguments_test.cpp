// SPDX-License-Identifier: GPL-2.0-or-later
// Argument counts and string arguments against the kernel's own prototypes.
#include <glob.h>
#include <linux/audit.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "formats/kstrax_abi.h"
#include "formats/syscalls.hpp"

using kstrax::Syscall;
using kstrax::syscall_table;
using kstrax::SyscallTable;

namespace {

struct Arguments {
    unsigned count = 0;
    unsigned strings = 0;  // as Syscall::string_args
};

/// By name without sys_; several where the configuration chooses one.
using Prototypes = std::multimap<std::string, Arguments>;

std::string without_comments(std::string text) {
    for (auto at = text.find("/*"); at != std::string::npos; at = text.find("/*", at)) {
        text.erase(at, text.find("*/", at) + 2 - at);
    }
    return text;
}

/// Of what stands between the parentheses. A string is one `const char __user *`, not an array of them.
Arguments parse_arguments(const std::string& list) {
    Arguments arguments;
    std::istringstream in{list};
    for (std::string part; std::getline(in, part, ',');) {
        if (part == "void") break;
        std::erase_if(part, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
        const bool string = part.starts_with("constchar__user*") && std::ranges::count(part, '*') == 1;
        if (string) arguments.strings |= 1U << arguments.count;
        ++arguments.count;
    }
    return arguments;
}

Prototypes read_prototypes() {
    glob_t found{};
    glob("/usr/src/linux-headers-*-common/include/linux/syscalls.h", 0, nullptr, &found);
    const std::string path = found.gl_pathc > 0 ? found.gl_pathv[found.gl_pathc - 1] : "";
    globfree(&found);
    BOOST_REQUIRE_MESSAGE(!path.empty(), "no include/linux/syscalls.h: install linux-headers-amd64");

    std::ifstream in{path};
    const std::string text = without_comments({std::istreambuf_iterator<char>{in}, {}});
    const std::string mark = "asmlinkage ";
    const std::string prefix = " sys_";
    Prototypes prototypes;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const auto open = text.find('(', at);
        const auto close = text.find(')', open);
        const auto name = text.find(prefix, at);
        if (name > open || close == std::string::npos) continue;  // a macro's
        const auto start = name + prefix.size();
        prototypes.emplace(text.substr(start, open - start), parse_arguments(text.substr(open + 1, close - open - 1)));
    }
    BOOST_REQUIRE_GT(prototypes.size(), 400U);
    return prototypes;
}

/// Where a call enters under another name than its own: the kernel's call tables say so.
const std::map<std::string, std::string> kEntries{
    {"umount2", "umount"},    {"oldstat", "stat"},        {"oldfstat", "fstat"},       {"oldlstat", "lstat"},
    {"_llseek", "llseek"},    {"_newselect", "select"},   {"ugetrlimit", "getrlimit"}, {"mmap2", "mmap_pgoff"},
    {"oldolduname", "uname"}, {"readdir", "old_readdir"},
};

std::string entry_of(const Prototypes& prototypes, std::string name) {
    if (const auto at = kEntries.find(name); at != kEntries.end()) return at->second;
    if (prototypes.contains(name)) return name;
    // IA-32: calls that were widened are named for it, their entry is the plain one.
    for (const std::string suffix : {"_time64", "64", "32"}) {
        if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
    }
    return name;
}

/// Where the prototypes are silent or speak of something else; said by hand.
struct Exception {
    const char* tables;  // that it holds for
    const char* name;
    Arguments arguments;
    const char* why;
};

constexpr const char* kNewer = "came after Linux 6.1; a prototype outweighs this row";
constexpr const char* kArch = "declared by its architecture";
constexpr const char* kGone = "removed from the kernel; its last signature";
constexpr const char* kNever = "a reserved number, never implemented";
constexpr const char* kSplit = "a 64-bit value takes two arguments";
constexpr const char* kSplitEven = "a 64-bit value takes two arguments, from an even one on";
constexpr const char* kBytes = "counted bytes, not a string";
constexpr const char* kNotConst = "a string, though the prototype lacks const";
constexpr const char* kAll = "x86_64 ia32 ia64 x32 arm64 riscv64 arm32";

const Exception kExceptions[] = {
    {kAll, "write", {3, 0}, kBytes},
    {"x86_64 ia64 x32 arm64 riscv64", "pwrite64", {4, 0}, kBytes},
    {kAll, "mq_timedsend", {5, 0}, kBytes},
    {"ia32 arm32", "mq_timedsend_time64", {5, 0}, kBytes},
    {kAll, "mount", {5, 0b111}, kNotConst},
    {kAll, "umount2", {2, 0b1}, kNotConst},
    {kAll, "utime", {2, 0b1}, kNotConst},
    {kAll, "utimes", {2, 0b1}, kNotConst},

    {"ia32", "umount", {1, 0b1}, "sys_oldumount: no flags"},
    {"ia32", "select", {1, 0}, "old_select: a pointer to the five"},
    {"ia32", "mmap", {1, 0}, "old_mmap: a pointer to the six"},
    {"arm32", "pread64", {6, 0}, kSplitEven},
    {"arm32", "pwrite64", {6, 0}, kSplitEven},
    {"arm32", "truncate64", {4, 0b1}, kSplitEven},
    {"arm32", "ftruncate64", {4, 0}, kSplitEven},
    {"arm32", "readahead", {5, 0}, kSplitEven},
    {"arm32", "arm_fadvise64_64", {6, 0}, "fadvise64_64, its arguments in another order"},
    {"arm32", "arm_sync_file_range", {6, 0}, "sync_file_range2"},
    {"ia32", "pread64", {5, 0}, kSplit},
    {"ia32", "pwrite64", {5, 0}, kSplit},
    {"ia32", "truncate64", {3, 0b1}, kSplit},
    {"ia32", "ftruncate64", {3, 0}, kSplit},
    {"ia32", "readahead", {4, 0}, kSplit},
    {"ia32", "fadvise64", {5, 0}, kSplit},
    {"ia32", "fadvise64_64", {6, 0}, kSplit},
    {"ia32", "sync_file_range", {6, 0}, kSplit},
    {"ia32 arm32", "fallocate", {6, 0}, kSplit},
    {"ia32 arm32", "lookup_dcookie", {4, 0}, kSplit},
    {"ia32 arm32", "fanotify_mark", {6, 0b100000}, kSplit},
    {"x86_64 ia64 x32 arm64 riscv64", "fanotify_mark", {5, 0b10000}, "the six of the other prototype are IA-32's"},
    {kAll, "bpf", {3, 0}, "five in 7.2's prototype; older kernels leave two of them as they were"},
    {kAll, "clone", {5, 0}, "the prototype of six is Microblaze's"},
    {"ia32 arm32", "sigsuspend", {3, 0}, "the prototype of one is for others"},
    {"x32", "preadv", {4, 0}, "the offset fits one register, no second half is taken"},
    {"x32", "pwritev", {4, 0}, "as preadv"},
    {"x32", "preadv2", {5, 0}, "as preadv"},
    {"x32", "pwritev2", {5, 0}, "as preadv"},

    {kAll, "rt_sigreturn", {0, 0}, kArch},
    {"ia32 arm32", "sigreturn", {0, 0}, kArch},
    {"x86_64 ia64 x32 arm64 riscv64", "mmap", {6, 0}, kArch},
    {"ia64", "mmap2", {6, 0}, kArch},
    {"x86_64 ia32 x32", "modify_ldt", {3, 0}, kArch},
    {"x86_64 ia32 x32", "arch_prctl", {2, 0}, kArch},
    {"x86_64 ia32 x32", "iopl", {1, 0}, kArch},
    {"x86_64 ia32", "set_thread_area", {1, 0}, kArch},
    {"x86_64 ia32", "get_thread_area", {1, 0}, kArch},
    {"ia32", "vm86old", {1, 0}, kArch},
    {"ia32", "vm86", {2, 0}, kArch},
    {"riscv64", "riscv_flush_icache", {3, 0}, kArch},
    {"riscv64", "riscv_hwprobe", {5, 0}, kArch},
    {"ia64", "pipe", {0, 0}, "both descriptors come back in registers"},
    {"ia64", "clone2", {6, 0}, kArch},
    {"ia64", "getunwind", {2, 0}, kArch},
    {"ia64", "old_getpagesize", {0, 0}, kArch},
    {"ia64", "ni_syscall", {0, 0}, kArch},

    {"x86_64 ia32 ia64 arm32", "_sysctl", {1, 0}, kGone},
    {"x86_64 ia32 ia64", "create_module", {2, 0b1}, kGone},
    {"x86_64 ia32 ia64", "get_kernel_syms", {1, 0}, kGone},
    {"x86_64 ia32 ia64", "query_module", {5, 0b1}, kGone},
    {"x86_64 ia32 ia64 arm64 riscv64 arm32", "nfsservctl", {3, 0}, kGone},
    {"x86_64 ia64 x32 arm64 riscv64", "lookup_dcookie", {3, 0}, kGone},
    {"x86_64 ia32", "uselib", {1, 0b1}, kGone},
    {"ia32 ia64 arm32", "bdflush", {2, 0}, kGone},
    {"ia64", "perfmonctl", {4, 0}, kGone},
    {"ia64", "timerfd", {4, 0}, kGone},
    {"ia64", "old_stat", {2, 0b1}, kGone},
    {"ia64", "old_lstat", {2, 0b1}, kGone},
    {"ia64", "old_fstat", {2, 0}, kGone},

    {kAll, "getpmsg", {0, 0}, kNever},
    {kAll, "putpmsg", {0, 0}, kNever},
    {kAll, "afs_syscall", {0, 0}, kNever},
    {"x86_64 x32", "tuxcall", {0, 0}, kNever},
    {"x86_64 x32", "security", {0, 0}, kNever},
    {"x86_64", "epoll_ctl_old", {0, 0}, kNever},
    {"x86_64", "epoll_wait_old", {0, 0}, kNever},
    {"x86_64 ia32 ia64 arm32", "vserver", {0, 0}, kNever},
    {"ia32", "break", {0, 0}, kNever},
    {"ia32", "stty", {0, 0}, kNever},
    {"ia32", "gtty", {0, 0}, kNever},
    {"ia32", "ftime", {0, 0}, kNever},
    {"ia32", "prof", {0, 0}, kNever},
    {"ia32", "lock", {0, 0}, kNever},
    {"ia32", "mpx", {0, 0}, kNever},
    {"ia32", "ulimit", {0, 0}, kNever},
    {"ia32", "profil", {0, 0}, kNever},
    {"ia32", "idle", {0, 0}, kNever},

    {"x86_64 x32", "uretprobe", {0, 0}, kNewer},
    {"x86_64 x32", "uprobe", {0, 0}, kNewer},
    {kAll, "cachestat", {4, 0}, kNewer},
    {kAll, "fchmodat2", {4, 0b10}, kNewer},
    {kAll, "map_shadow_stack", {3, 0}, kNewer},
    {kAll, "futex_wake", {4, 0}, kNewer},
    {kAll, "futex_wait", {6, 0}, kNewer},
    {kAll, "futex_requeue", {4, 0}, kNewer},
    {kAll, "statmount", {4, 0}, kNewer},
    {kAll, "listmount", {4, 0}, kNewer},
    {kAll, "lsm_get_self_attr", {4, 0}, kNewer},
    {kAll, "lsm_set_self_attr", {4, 0}, kNewer},
    {kAll, "lsm_list_modules", {3, 0}, kNewer},
    {kAll, "mseal", {3, 0}, kNewer},
    {kAll, "setxattrat", {6, 0b1010}, kNewer},
    {kAll, "getxattrat", {6, 0b1010}, kNewer},
    {kAll, "listxattrat", {5, 0b10}, kNewer},
    {kAll, "removexattrat", {4, 0b1010}, kNewer},
    {kAll, "open_tree_attr", {5, 0b10}, kNewer},
    {kAll, "file_getattr", {5, 0b10}, kNewer},
    {kAll, "file_setattr", {5, 0b10}, kNewer},
    {kAll, "listns", {4, 0}, kNewer},
    {kAll, "rseq_slice_yield", {0, 0}, kNewer},
    {kAll, "fchroot", {2, 0}, kNewer},
};

bool holds_for(const Exception& exception, std::string_view table) {
    std::istringstream words{exception.tables};
    for (std::string word; words >> word;) {
        if (word == table) return true;
    }
    return false;
}

const Exception* exception_for(const SyscallTable& table, const Syscall& call) {
    const auto* at = std::ranges::find_if(kExceptions, [&](const Exception& exception) {
        return call.name == exception.name && holds_for(exception, table.name);
    });
    return at == std::end(kExceptions) ? nullptr : at;
}

std::vector<const SyscallTable*> all_tables() {
    return {
        syscall_table(AUDIT_ARCH_X86_64, KSTRAX_ABI_NATIVE),  syscall_table(AUDIT_ARCH_X86_64, KSTRAX_ABI_COMPAT),
        syscall_table(AUDIT_ARCH_X86_64, KSTRAX_ABI_X32),     syscall_table(AUDIT_ARCH_IA64, KSTRAX_ABI_NATIVE),
        syscall_table(AUDIT_ARCH_AARCH64, KSTRAX_ABI_NATIVE), syscall_table(AUDIT_ARCH_AARCH64, KSTRAX_ABI_COMPAT),
        syscall_table(AUDIT_ARCH_RISCV64, KSTRAX_ABI_NATIVE),
    };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(syscall_arguments)

BOOST_AUTO_TEST_CASE(counts_and_strings_are_those_of_the_prototypes) {
    const Prototypes prototypes = read_prototypes();
    for (const SyscallTable* table : all_tables()) {
        for (const Syscall& call : table->calls) {
            BOOST_TEST_CONTEXT(table->name << ' ' << call.name) {
                const auto [first, last] = prototypes.equal_range(entry_of(prototypes, std::string{call.name}));
                const Exception* exception = exception_for(*table, call);
                if (exception != nullptr && (exception->why != kNewer || first == last)) {
                    BOOST_TEST(unsigned{call.arg_count} == exception->arguments.count, exception->why);
                    BOOST_TEST(unsigned{call.string_args} == exception->arguments.strings, exception->why);
                    continue;
                }
                BOOST_TEST(std::distance(first, last) == 1, "needs one prototype, or a row in kExceptions");
                if (first == last) continue;
                BOOST_TEST(unsigned{call.arg_count} == first->second.count);
                BOOST_TEST(unsigned{call.string_args} == first->second.strings);
            }
        }
    }
}

// An exception that nothing needs would hide a later mistake.
BOOST_AUTO_TEST_CASE(every_exception_is_used) {
    std::set<const Exception*> used;
    for (const SyscallTable* table : all_tables()) {
        for (const Syscall& call : table->calls) used.insert(exception_for(*table, call));
    }
    for (const Exception& exception : kExceptions) BOOST_TEST(used.contains(&exception), exception.name);
}

BOOST_AUTO_TEST_SUITE_END()
