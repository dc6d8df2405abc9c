// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel exports to modules: a kernel whose kallsyms name functions only (without
// CONFIG_KALLSYMS_ALL) still names these of its variables.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/address/kernel_space.hpp"

namespace kstrax {

using Exports = std::map<std::string, VirtAddr, std::less<>>;

/// By the texts of the names in the kernel's image, and the one entry of the tables of exports that leads
/// to each: two distances, to the variable and to its name (since 7290d5809571, 4.19, on x86 and arm64). Names that
/// no entry has, or several, are left out. Reads up to 32 MiB, twice.
[[nodiscard]] Exports find_exports(KernelSpace& space, std::span<const std::string_view> names);

}  // namespace kstrax
