// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/locks/file_locks.hpp"

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

// Of a lock, which since 6.9 has a core; and of an entry in a queue of those that wait.
enum : std::size_t { kBlocker, kPid, kFile, kFlags, kQueue };
enum : std::size_t { kPrivate, kNode };

constexpr std::uint64_t kFlock = 2;             // FL_FLOCK
constexpr std::uint64_t kLease = 32 | 2048;     // FL_LEASE, FL_LAYOUT
constexpr std::uint64_t kOfDescription = 1024;  // FL_OFDLCK
constexpr std::uint64_t kMostWords = 2048;      // of a stack
constexpr unsigned kMostSteps = 256;            // from a lock to that which keeps it waiting, and so on
constexpr std::size_t kFramesOfLocks = 8;

constexpr std::array kSlowPaths{std::string_view("locks_lock_inode_wait"), std::string_view("flock_lock_inode_wait"),
                                std::string_view("posix_lock_inode_wait"), std::string_view("do_lock_file_wait"),
                                std::string_view("fcntl_setlk"),           std::string_view("__do_sys_flock"),
                                std::string_view("__x64_sys_flock"),       std::string_view("__break_lease")};

}  // namespace

FileLockReader::FileLockReader(const KernelReader& memory, const FindMember& member, std::span<const KernelTask> tasks,
                               CodeNames& names, FileHolders& holders)
    : memory_(memory),
      names_(&names),
      holders_(&holders),
      tasks_(tasks),
      lock_(member, "file_lock",
            {"c.flc_blocker|fl_blocker", "c.flc_pid|fl_pid", "c.flc_file|fl_file", "c.flc_flags|fl_flags",
             "c.flc_wait.head|fl_wait.head"},
            memory.word_size()),
      entry_(member, "wait_queue_entry", {"private", "entry"}, memory.word_size()) {
    for (std::size_t i = 0; i < tasks.size(); ++i) leaders_.try_emplace(tasks[i].pid, i);
}

bool FileLockReader::waits(const KernelStack& stack) {
    for (std::size_t i = 0; i < std::min(stack.frames.size(), kFramesOfLocks); ++i) {
        const CodePlace* place = names_->of_return(stack.frames[i].code);
        if (place != nullptr &&
            std::ranges::any_of(kSlowPaths, [&](auto name) { return place->name.starts_with(name); }))
            return true;
    }
    return false;
}

/// The task's entry lies on its stack, alone in the queue that each lock has for the one that wants it.
std::optional<std::uint64_t> FileLockReader::wanted(const KernelTask& task, const KernelStack& stack) {
    const std::uint64_t word_size = memory_.word_size();
    for (std::uint64_t i = 0; i < kMostWords; ++i) {
        const std::uint64_t at = stack.sp + i * word_size;
        const auto word = memory_.pointer(at);
        if (!word) return std::nullopt;
        if (*word != task.address.value) continue;
        const std::uint64_t node = at - *entry_.offset(kPrivate) + *entry_.offset(kNode);
        const auto head = memory_.pointer(node);
        if (!head || *head == node || memory_.pointer(node + word_size) != head) continue;
        if (memory_.pointer(*head) == node && memory_.pointer(*head + word_size) == node)
            return *head - *lock_.offset(kQueue);
    }
    return std::nullopt;
}

/// A lock that waits may stand behind another one that waits: at their end is the one that is held.
std::optional<std::uint64_t> FileLockReader::applied(std::uint64_t wanted) {
    std::uint64_t at = wanted;
    for (unsigned step = 0; step < kMostSteps; ++step) {
        if (!lock_.read(memory_, at)) return std::nullopt;
        if (lock_[kBlocker] == 0) return at == wanted ? std::nullopt : std::optional(at);
        at = lock_[kBlocker];
    }
    return std::nullopt;
}

/// Of lock_. The process that took it; for a lock that belongs to the open file, one that still has that.
std::optional<std::size_t> FileLockReader::owner() {
    const auto leader = leaders_.find(static_cast<Tid>(lock_[kPid]));
    const bool of_file = (lock_[kFlags] & (kFlock | kOfDescription)) != 0;
    if (!of_file) return leader != leaders_.end() ? std::optional(leader->second) : std::nullopt;
    const auto holders = holders_->of(lock_[kFile]);
    if (leader != leaders_.end() && std::ranges::find(holders, leader->second) != holders.end()) return leader->second;
    return holders.empty() ? std::nullopt : std::optional(holders.front());
}

std::optional<LockWait> FileLockReader::of(const KernelTask& task, const KernelStack& stack) {
    if (!lock_.knows_all() || !entry_.knows_all() || !waits(stack)) return std::nullopt;
    const auto lock = wanted(task, stack);
    const auto held = lock ? applied(*lock) : std::nullopt;
    if (!held) return std::nullopt;
    const std::uint64_t flags = lock_[kFlags];
    return LockWait{.kind = (flags & kFlock) != 0   ? LockKind::Flock
                            : (flags & kLease) != 0 ? LockKind::Lease
                                                    : LockKind::FileLock,
                    .lock = {*held},
                    .owner = owner()};
}

}  // namespace kstrax
