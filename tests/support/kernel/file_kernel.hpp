// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel whose tasks hold files: dentries, mounts, descriptors, sockets and memory of their own.
#pragma once

#include <vector>

#include "analyzer/kernel/files/kernel_paths.hpp"
#include "tests/support/kernel/typed_kernel.hpp"

namespace kstrax::test {

class FileKernel : public TypedKernel {
  public:
    FileKernel();

    /// A mount of a file system of this type with a root folder, seen in a namespace; its vfsmount. On another
    /// mount's folder, if one is given.
    std::uint64_t add_mount(std::string_view type, PathPlace on = {});
    [[nodiscard]] PathPlace root_of(std::uint64_t mount) const;
    /// A name in a folder.
    PathPlace add(PathPlace folder, std::string_view name, std::uint64_t mode = 0100644);
    void unlink(PathPlace place);
    /// Of a file system whose files say what they are called.
    PathPlace add_named(std::string_view type, std::string_view name, std::uint64_t inode, std::uint64_t mode);

    /// A struct file.
    std::uint64_t open(PathPlace place, std::uint64_t flags = 0, std::uint64_t position = 0);
    /// A task with room for 64 descriptors, in this root.
    std::uint64_t add_task(PathPlace root);
    void hold(std::uint64_t task, std::uint32_t number, std::uint64_t file, bool closed_by_exec = false);
    [[nodiscard]] std::uint64_t table_of(std::uint64_t task) const;
    /// Its struct mm_struct, with page tables that map the kernel as this kernel has it.
    std::uint64_t give_memory(std::uint64_t task);
    /// A page of the task's own, at that address.
    void map(std::uint64_t task, std::uint64_t at, std::string_view text);

  private:
    [[nodiscard]] std::uint64_t add_dentry(std::uint64_t parent, std::string_view name, std::uint64_t super,
                                           std::uint64_t mode, std::uint64_t inode_number);
    std::uint64_t numbers_ = 100;  // of inodes
};

}  // namespace kstrax::test
