// SPDX-License-Identifier: GPL-2.0-or-later
// Pages of the kernel's own that the program that filtered a dump left out by mistake.
#pragma once

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/base/finding.hpp"

namespace kstrax {

/// Of the pages that `space` was asked for so far and that are not in the dump, those that the kernel keeps its own
/// structures in, by its table of pages: a finding that counts them and says why, or none. Where that table is not
/// known, all of them, if makedumpfile is known to misread such a kernel.
[[nodiscard]] Findings missing_kernel_pages(KernelSpace& space);

}  // namespace kstrax
