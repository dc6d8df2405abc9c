// SPDX-License-Identifier: GPL-2.0-or-later
// What lies in the memory of the dumped kernel's tasks themselves, through their own page tables.
#pragma once

#include <optional>
#include <string>

#include "analyzer/address/page_walk.hpp"
#include "analyzer/kernel/files/kernel_struct.hpp"

namespace kstrax {

/// A text out of a task's memory.
struct UserText {
    std::string text;      ///< bytes from the dump: anything
    bool whole = false;    ///< it goes on, where more was not wanted or is not in the dump
    bool missing = false;  ///< its next page is not in memory, or not in the dump (makedumpfile -d 31 keeps none)
};

/// Not for several threads at once.
class UserMemory {
  public:
    /// Fails where the page tables of `task`, one with memory of its own, do not lead from its mm_struct back to where
    /// that lies. `source`, which the space reads, and `space` must outlive it.
    [[nodiscard]] static Result<UserMemory> open(const MemorySource& source, KernelSpace& space,
                                                 const FindMember& member, std::uint64_t task);

    /// Fills `out` from an address of the task's; returns how many bytes are there before the first that is
    /// not.
    [[nodiscard]] std::size_t read(std::uint64_t task, std::uint64_t at, MutableBytes out);

    /// Up to a NUL, or `most` bytes.
    [[nodiscard]] UserText text(std::uint64_t task, std::uint64_t at, std::size_t most);

    /// As /proc/PID/cmdline: words with a NUL behind each. None for a task without memory (a kernel thread, a
    /// zombie).
    [[nodiscard]] std::optional<UserText> command_line(std::uint64_t task, std::size_t most);

  private:
    UserMemory(const MemorySource& source, KernelSpace& space, const FindMember& member);

    [[nodiscard]] bool leads_back(std::uint64_t task);
    /// Looks into these page tables from now on; false where they are not to be found.
    [[nodiscard]] bool enter(std::uint64_t directory);
    [[nodiscard]] std::size_t read_space(std::uint64_t directory, std::uint64_t at, MutableBytes out);

    const MemorySource& source_;
    KernelSpace& kernel_;
    KernelReader memory_;
    KernelStruct task_, space_;
    std::optional<PageWalker> walker_;  // of the task that was asked last
    std::uint64_t directory_ = 0;       // its
};

}  // namespace kstrax
