// SPDX-License-Identifier: GPL-2.0-or-later
// What a lock is called: by the symbol that it lies at, or by the file system that it keeps writers out of.
// Source: include/linux/fs.h and fs/super.c of Linux 5.10 to 7.2.
#pragma once

#include <string>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/kernel/files/kernel_struct.hpp"
#include "analyzer/kernel/locks/lock_waits.hpp"

namespace kstrax {

class LockNames {
  public:
    /// `names` must outlive it.
    LockNames(const KernelReader& memory, const FindMember& member, const FindSymbol& find, CodeNames& names);

    /// Sets its name, and whether a frozen file system is behind it. A lock within a struct that is no variable has no
    /// name.
    void add_to(LockWait& wait);

  private:
    struct FileSystem {
        std::uint64_t locks = 0;  // the first of its locks for writers
        std::string name;
        VirtAddr frozen;
    };
    void list_file_systems();

    KernelReader memory_;
    CodeNames* names_;
    std::optional<VirtAddr> list_;
    KernelStruct super_block_, type_;
    std::uint64_t locks_size_ = 0;  // bytes, of a super_block's locks for writers
    bool listed_ = false;
    std::vector<FileSystem> file_systems_;
};

}  // namespace kstrax
