// SPDX-License-Identifier: GPL-2.0-or-later
// Which tasks of the dumped kernel hold which open files.
// Source: include/linux/fdtable.h, include/linux/fs.h of Linux 5.10 to 7.2.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/kernel/files/kernel_struct.hpp"
#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

enum class PipeEnd : std::uint8_t { Readers, Writers };

/// Reads the descriptors of all tasks at the first question. Answers are places in the list of tasks, ascending; of
/// threads that share their descriptors the first. Not for several threads at once.
class FileHolders {
  public:
    /// `tasks` must outlive it. Of a kernel whose types do not lead to descriptors, nobody holds anything.
    FileHolders(const KernelReader& memory, const FindMember& member, std::span<const KernelTask> tasks);

    /// Of a struct file.
    [[nodiscard]] std::span<const std::size_t> of(std::uint64_t file);
    /// All descriptors of all tasks were read: who is not named holds nothing. A file may be held elsewhere all the same,
    /// as on its way through a socket.
    [[nodiscard]] bool whole();
    /// Of a pipe or fifo, by the address of its inode.
    [[nodiscard]] std::vector<std::size_t> of_pipe(std::uint64_t inode, PipeEnd end);

  private:
    void read_all();
    /// False: not all of it.
    [[nodiscard]] bool read_table(std::size_t place);
    void read_inodes();

    struct Opened {
        std::uint64_t file = 0;
        std::uint64_t mode = 0;  // FMODE_…
    };
    KernelReader memory_;
    std::span<const KernelTask> tasks_;
    KernelStruct task_, files_, table_, file_;
    bool read_ = false, whole_ = true;
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> holders_;  // by file
    std::unordered_map<std::uint64_t, std::vector<Opened>> by_inode_;      // filled when it is first asked for
    std::uint64_t descriptors_ = 0;
};

}  // namespace kstrax
