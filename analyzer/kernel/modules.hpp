// SPDX-License-Identifier: GPL-2.0-or-later
// The modules of the dumped kernel, by its own list and types: where their code and
// data lie, and what they export.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/kernel/btf/kernel_types.hpp"

namespace kstrax {

/// Virtual memory of a module.
struct ModuleRange {
    VirtAddr start;
    std::uint64_t size = 0;
};

struct KernelModule {
    VirtAddr address;  ///< of its struct module
    std::string name;  ///< bytes from the dump, anything but NUL
    /// Its code and data, as the kernel lists them, without those of its start that were freed.
    /// Nothing of it has been held against memory.
    std::vector<ModuleRange> memory;
};

struct ModuleList {
    std::vector<KernelModule> modules;  ///< the kernel's order: those loaded last first
    std::string damage;                 ///< a sentence, where the list could not be read to its end
};

/// Where no symbol names the list, a module is sought in the modules' area, and leads to it. `memory`: bytes of physical
/// memory, that bound how many modules there can be. Fails where types that this needs are not known, or no module is found.
[[nodiscard]] Result<ModuleList> read_modules(KernelSpace& space, const KernelTypes& types, const FindSymbol& find,
                                              std::uint64_t memory);

/// The address of what a module exports under this name; none if it exports no such thing,
/// or its tables of exports are not there.
[[nodiscard]] std::optional<VirtAddr> exported_symbol(KernelSpace& space, const KernelTypes& types,
                                                      const KernelModule& module, std::string_view name);

}  // namespace kstrax
