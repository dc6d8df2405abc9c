// SPDX-License-Identifier: GPL-2.0-or-later
// Locks of files that a task waits for (flock, fcntl, leases), and who holds them.
// Source: fs/locks.c of Linux 5.10 to 7.2.
#pragma once

#include <optional>
#include <unordered_map>

#include "analyzer/kernel/files/file_holders.hpp"
#include "analyzer/kernel/locks/lock_waits.hpp"

namespace kstrax {

class FileLockReader {
  public:
    /// `tasks`, `names` and `holders` must outlive it. A lock whose type is not known is not found.
    FileLockReader(const KernelReader& memory, const FindMember& member, std::span<const KernelTask> tasks,
                   CodeNames& names, FileHolders& holders);

    /// None where the innermost frames do not wait for a file's lock, or nothing on the stack proves which.
    [[nodiscard]] std::optional<LockWait> of(const KernelTask& task, const KernelStack& stack);

  private:
    [[nodiscard]] bool waits(const KernelStack& stack);
    [[nodiscard]] std::optional<std::uint64_t> wanted(const KernelTask& task, const KernelStack& stack);
    [[nodiscard]] std::optional<std::uint64_t> applied(std::uint64_t wanted);
    [[nodiscard]] std::optional<std::size_t> owner();

    KernelReader memory_;
    CodeNames* names_;
    FileHolders* holders_;
    std::span<const KernelTask> tasks_;
    std::unordered_map<Tid, std::size_t> leaders_;  // by pid
    KernelStruct lock_, entry_;
};

}  // namespace kstrax
