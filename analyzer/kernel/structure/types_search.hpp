// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "analyzer/kernel/btf/kernel_types.hpp"

namespace kstrax {

/// The kernel's types by their header, in its image: of a kernel whose kallsyms name functions only (without
/// CONFIG_KALLSYMS_ALL), so that no symbol tells where they begin. Fails with NotFound where there are none, or several.
/// Reads up to 64 MiB.
[[nodiscard]] Result<KernelTypes> search_kernel_types(KernelSpace& space);

}  // namespace kstrax
