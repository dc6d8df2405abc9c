// SPDX-License-Identifier: GPL-2.0-or-later
// Which lock of the dumped kernel a task waits for, and which task holds it.
// Source: kernel/locking/mutex.c, rwsem.c and rtmutex.c of Linux 5.10 to 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/kernel/files/kernel_struct.hpp"
#include "analyzer/kernel/stack/kernel_stack.hpp"

namespace kstrax {

enum class LockKind : std::uint8_t {
    Mutex,
    RwsemToRead,
    RwsemToWrite,
    RtMutex,      ///< a PI futex, or any sleeping lock of a real-time kernel
    PercpuRwsem,  ///< as of a file system that is frozen: nobody is kept as its owner
    Flock,        ///< this and the next two: FileLockReader
    FileLock,     ///< of fcntl, of a process or of an open file
    Lease,        ///< of a file, that its holder is asked to give up
};
/// "rwsem_write"
[[nodiscard]] std::string_view lock_kind_name(LockKind kind);
/// "rwsem": what the lock itself is called.
[[nodiscard]] std::string_view lock_text(LockKind kind);
/// "waits to write under an rwsem"
[[nodiscard]] std::string_view lock_kind_text(LockKind kind);

struct LockWait {
    LockKind kind = LockKind::Mutex;
    VirtAddr lock;                     ///< of the struct; 0: not found
    std::optional<std::size_t> owner;  ///< its place in the list of tasks; none: not known, or nobody now
    /// The owner only reads: there may be other readers, and this one may have let go already.
    bool owner_reads = false;
    /// A variable's, "rtnl_mutex", "accounts [module]"; of one that keeps writers out of a file system that one's,
    /// "ext4 on vda1". Empty: not known. Bytes from the dump.
    std::string name = {};
    VirtAddr frozen = {};  ///< that file system's super_block, if it is frozen, which keeps the writers out; else 0
};

class LockReader {
  public:
    /// `tasks` must outlive it: only these count as owners. Fails nowhere: a lock whose type is not known is not found.
    LockReader(KernelReader memory, const FindMember& member, std::span<const KernelTask> tasks, CodeNames& names);

    /// None where the innermost frames are not in a lock's slow path.
    [[nodiscard]] std::optional<LockWait> of(const KernelTask& task, const KernelStack& stack);

  private:
    [[nodiscard]] std::optional<LockKind> kind_of(const KernelStack& stack);
    [[nodiscard]] std::optional<std::size_t> task_of(std::uint64_t owner) const;
    [[nodiscard]] std::optional<std::uint64_t> waiter_on(const KernelStack& stack, std::uint64_t task, bool rwsem);
    [[nodiscard]] std::optional<std::vector<std::uint64_t>> queue_of(std::uint64_t waiter);
    [[nodiscard]] std::optional<std::uint64_t> lock_behind(std::uint64_t waiter, bool rwsem, const KernelStack& stack);
    void find_queued(LockWait& wait, const KernelTask& task, const KernelStack& stack);
    void find_percpu(LockWait& wait, const KernelTask& task, const KernelStack& stack);
    void find_rt_mutex(LockWait& wait, const KernelTask& task);

    struct Places {
        std::optional<Member> owner, list, first;        // of the lock: a list of waiters, or the first of them
        std::optional<Member> waiter_list, waiter_task;  // of a waiter
    };
    KernelReader memory_;
    CodeNames* names_;
    std::unordered_map<std::uint64_t, std::size_t> tasks_;  // by address
    Places mutex_, rwsem_;
    KernelStruct queued_;                 // an entry of a queue that tasks wait in
    std::optional<Member> percpu_queue_;  // the head of that, in a percpu rwsem
    std::optional<Member> blocker_;       // of a task: the lock that it waits for, and its kind
    std::optional<Member> blocked_on_, waited_lock_, rt_mutex_owner_;  // of a task, its rt_mutex_waiter, the lock
};

}  // namespace kstrax
