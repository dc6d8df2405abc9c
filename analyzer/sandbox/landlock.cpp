// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sandbox/landlock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

// The kernel on which we are built may be older than the one on which we run, and the C library has no functions for it:
// numbers and structures as in <linux/landlock.h> of Linux 6.18. The numbers of calls are the same everywhere.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr unsigned kVersion = 1;      // LANDLOCK_CREATE_RULESET_VERSION
constexpr unsigned kPathBeneath = 1;  // LANDLOCK_RULE_PATH_BENEATH

/// Fields that a kernel does not know may be there if they are 0.
struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t net = 0;
    std::uint64_t scoped = 0;
};

struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed = 0;
    std::int32_t folder = -1;
};

constexpr std::uint64_t kExecute = 1U << 0U;
constexpr std::uint64_t kWriteFile = 1U << 1U;
constexpr std::uint64_t kReadFile = 1U << 2U;
constexpr std::uint64_t kReadFolder = 1U << 3U;
constexpr std::uint64_t kRemoveFile = 1U << 5U;
constexpr std::uint64_t kMakeRegular = 1U << 8U;
constexpr std::uint64_t kTruncate = 1U << 14U;

/// What a version of the interface can refuse beyond the versions before it.
struct Version {
    int abi;
    std::uint64_t files;
    std::uint64_t net;
    std::uint64_t scoped;
};
constexpr std::array kVersions{
    Version{1, (1U << 13U) - 1, 0, 0},  // to open, to make and to remove files of all kinds
    Version{2, 1U << 13U, 0, 0},        // to link and rename them into another folder
    Version{3, kTruncate, 0, 0},
    Version{4, 0, 3, 0},          // TCP: to bind and to connect
    Version{5, 1U << 15U, 0, 0},  // ioctl() of devices that are opened later
    Version{6, 0, 0, 3},          // to connect to abstract sockets, and to send signals
};

RulesetAttributes all_of(int abi) {
    RulesetAttributes all;
    for (const Version& version : kVersions) {
        if (version.abi > abi) break;
        all.files |= version.files;
        all.net |= version.net;
        all.scoped |= version.scoped;
    }
    return all;
}

std::uint64_t rights(FileAccess access) {
    switch (access) {
        case FileAccess::Read:
            return kReadFile | kReadFolder | kExecute;
        case FileAccess::Make:
            // Reading belongs to it: mkstemp() asks for both.
            return kReadFile | kWriteFile | kTruncate | kMakeRegular | kRemoveFile;
        case FileAccess::Write:
            return kWriteFile;
    }
    return 0;
}

bool add_rule(int ruleset, const FileRule& rule, std::uint64_t known) {
    PathBeneath beneath;
    beneath.folder = ::open(rule.path.c_str(), O_PATH | O_CLOEXEC);
    if (beneath.folder < 0) return true;
    beneath.allowed = rights(rule.access) & known;
    const bool added = ::syscall(kAddRule, ruleset, kPathBeneath, &beneath, 0U) == 0;
    ::close(beneath.folder);
    return added;
}

}  // namespace

int landlock_abi() {
    const long abi = ::syscall(kCreateRuleset, nullptr, std::size_t{0}, kVersion);
    return static_cast<int>(std::max(abi, 0L));
}

bool restrict_files(int abi, std::span<const FileRule> rules) {
    const RulesetAttributes all = all_of(abi);
    const int ruleset = static_cast<int>(::syscall(kCreateRuleset, &all, sizeof all, 0U));
    if (ruleset < 0) return false;
    const bool holds =
        std::ranges::all_of(rules, [&](const FileRule& rule) { return add_rule(ruleset, rule, all.files); }) &&
        ::syscall(kRestrictSelf, ruleset, 0U) == 0;
    ::close(ruleset);
    return holds;
}

}  // namespace kstrax
