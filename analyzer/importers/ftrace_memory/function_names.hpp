// SPDX-License-Identifier: GPL-2.0-or-later
// Names for the addresses of code that trace events hold.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "analyzer/kernel/ftrace/boot_before.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/kernel/stack/code_names.hpp"

namespace kstrax {

class FunctionNames {
  public:
    /// `kernel` must outlive it. `before`: the boot that has recorded the events, none: this one.
    FunctionNames(DumpedKernel& kernel, FindMember member, std::optional<BootBefore> before)
        : kernel_(kernel), member_(std::move(member)), before_(std::move(before)) {}

    /// "vfs_read+0x12", "ext4_sync_fs [ext4]"; bytes from memory. Empty: none is known. The first question reads the list of
    /// modules.
    [[nodiscard]] std::string at(VirtAddr code);

  private:
    void open();
    [[nodiscard]] std::string name_of_now(VirtAddr code);
    [[nodiscard]] std::string name_of_then(VirtAddr code);

    DumpedKernel& kernel_;
    FindMember member_;
    std::optional<BootBefore> before_;
    std::vector<KernelModule> modules_;
    std::optional<CodeNames> names_;
};

}  // namespace kstrax
