// SPDX-License-Identifier: GPL-2.0-or-later
// Tasks that wait for locks, by lock, and who waits for whom: chains, and the circles that are deadlocks.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analyzer/kernel/locks/lock_waits.hpp"

namespace kstrax {

/// One that waits. Tasks are named by their place in a list.
struct LockWaiter {
    std::size_t task = 0;
    LockWait wait;
    std::optional<Nanos> off_cpu;  ///< at least so long it has waited
};

/// All that wait for one lock, or for one frozen file system, which has several.
struct LockQueue {
    VirtAddr lock;
    LockKind kind = LockKind::Mutex;  ///< of the wait of the first of them
    std::string name;                 ///< this and the next: as of the wait
    VirtAddr frozen;
    std::vector<std::size_t> waiters;  ///< places in what group_waiters() was given; the longest first
    std::optional<std::size_t> owner;  ///< the task; of readers, the last that came, which may have gone
    bool read = false;                 ///< readers hold it
    std::optional<Nanos> longest;
    /// The locks that its owner waits for, that one's owner, and so on: places among the queues. Ends before a lock
    /// that it already has, and at one that readers hold: nobody says who they are.
    std::vector<std::size_t> then;
    /// The chain comes back to this lock: nobody will ever get it.
    bool circle = false;
    /// Tasks that wait for it, or for a lock whose owner does, and so on.
    std::size_t behind = 0;
};

/// Those whose lock is not known are left out. Circles come first, then those that are waited for longest.
[[nodiscard]] std::vector<LockQueue> group_waiters(std::span<const LockWaiter> waiters);

}  // namespace kstrax
