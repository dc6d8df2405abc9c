// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sandbox/sandbox.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "analyzer/arch/own_audit.hpp"
#include "analyzer/base/parallel.hpp"
#include "analyzer/sandbox/landlock.hpp"
#include "analyzer/sandbox/seccomp.hpp"

namespace kstrax {

namespace {

// Their runtimes do at the end what we give up: the one for leaks even traces the process.
#if defined(__has_feature)
#define KSTRAX_HAS(feature) __has_feature(feature)
#else
#define KSTRAX_HAS(feature) false
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kWatched = true;
#else
constexpr bool kWatched = KSTRAX_HAS(address_sanitizer) || KSTRAX_HAS(thread_sanitizer);
#endif

bool entered = false;

/// Without it, only root may give up anything: a program with more rights than we have could be fooled.
bool give_up_privileges() { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; }

std::string keep_to_files(std::span<const FileRule> rules) {
    const int abi = landlock_abi();
    if (abi == 0) return "no Landlock in this kernel";
    if (!restrict_files(abi, rules)) return std::string("no Landlock (") + std::strerror(errno) + ")";
    return "Landlock ABI " + std::to_string(abi);
}

void append(std::vector<AllowedCall>& calls, std::span<const AllowedCall> more) {
    calls.insert(calls.end(), more.begin(), more.end());
}

/// raise(), and with it abort(): to this process and no other.
AllowedCall signals_to_itself() { return {__NR_tgkill, {0, ~0U, {static_cast<std::uint32_t>(::getpid())}, 1}}; }

std::string keep_to_calls(const SandboxNeeds& needs) {
    if (kOwnAudit == 0) return "no seccomp for this architecture";
    std::vector<AllowedCall> calls;
    if (needs.readers) append(calls, calls_for_readers());
    append(calls, calls_to_analyse());
    if (!needs.output_folders.empty()) append(calls, calls_for_outputs());
    if (needs.helpers || needs.readers) append(calls, calls_for_helpers());
    calls.push_back(signals_to_itself());
    if (filter_calls(call_filter(calls))) return "seccomp";
    return std::string("no seccomp (") + std::strerror(errno) + ")";
}

}  // namespace

std::string enter_sandbox(const SandboxNeeds& needs) {
    if (kWatched) return "none: this program was built with a sanitizer, or for coverage";
    // What is told by files, and asked for later.
    ::tzset();
    (void)processors();
    if (!give_up_privileges()) return std::string("none (") + std::strerror(errno) + ")";
    std::vector<FileRule> rules;
    for (const std::string& folder : needs.output_folders) rules.push_back({folder, FileAccess::Make});
    std::string said = keep_to_files(rules);
    said += ", " + keep_to_calls(needs);
    entered = true;
    return said;
}

void enter_readers_sandbox() {
    if (!entered || kOwnAudit == 0) return;
    std::vector<AllowedCall> calls;
    append(calls, calls_to_analyse());
    append(calls, calls_of_readers());
    calls.push_back(signals_to_itself());
    // Where the parent's filter holds, this one does.
    (void)filter_calls(call_filter(calls));
}

void enter_viewers_sandbox() {
    const int abi = landlock_abi();
    if (kWatched || abi == 0 || !give_up_privileges()) return;
    const FileRule rules[] = {{"/", FileAccess::Read}, {"/dev/null", FileAccess::Write}};
    (void)restrict_files(abi, rules);
}

}  // namespace kstrax
