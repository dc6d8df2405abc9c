// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel's address space depends on, found out of a dump: a function an
// architecture.
#pragma once

#include <string>

#include "analyzer/address/page_walk.hpp"
#include "analyzer/address/vmcoreinfo.hpp"

namespace kstrax {

struct SpaceInputs {
    const MemorySource& source;
    const Vmcoreinfo& info;  ///< may be empty
    const Architecture& architecture;
};

struct SpaceFacts {
    PageTables tables;
    std::uint64_t image_phys = 0;  ///< of Mapping::KernelImage
    std::string found;             ///< how, in a few words
};

/// Fails with NotFound where the dump lacks what is needed, with Corrupt where what
/// it says cannot be.
[[nodiscard]] Result<SpaceFacts> find_x86_64_space(const SpaceInputs& inputs);
[[nodiscard]] Result<SpaceFacts> find_ia32_space(const SpaceInputs& inputs);
[[nodiscard]] Result<SpaceFacts> find_ia64_space(const SpaceInputs& inputs);

/// Is the page directory where it should be? Its own address, walked through itself,
/// must lead back to it. True, too, where tables on that way are not in the dump:
/// nothing then speaks against it.
[[nodiscard]] bool maps_itself(const MemorySource& source, const PageTables& tables, VirtAddr directory);

/// The kernel's name and release stand at the beginning of init_uts_ns: does what
/// VMCOREINFO calls that lie at `at`?
[[nodiscard]] bool is_uts_namespace(const MemorySource& source, PhysAddr at);

}  // namespace kstrax
