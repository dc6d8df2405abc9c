// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's address space, by whatever in the image describes it.
#pragma once

#include <string>
#include <vector>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"

namespace kstrax {

/// The VMCOREINFO texts that stand in memory, each at the start of a page; those of kernels that have crashed come first.
[[nodiscard]] std::vector<std::string> vmcoreinfo_in_memory(const MemorySource& source, const PageScan& scan);

/// Opens the address space by the source's VMCOREINFO, if that proves right; else by the texts in memory that do (a
/// capture kernel, or one long dead, may lie there too: the space has findings of them); else by what the dump says of
/// its CPUs. Fails with what was wrong with the first. `known`: see KernelSpace::open.
/// Scans memory only if it has to, and `scan` is null.
[[nodiscard]] Result<KernelSpace> find_kernel_space(const MemorySource& source, const PageScan* scan,
                                                    const Architecture* known = nullptr);

}  // namespace kstrax
