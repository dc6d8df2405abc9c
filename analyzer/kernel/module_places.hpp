// SPDX-License-Identifier: GPL-2.0-or-later
// Where a module of the dumped kernel lies, with no types to go by: struct module has begun with
// its state, its place in the kernel's list and its name since Linux 2.5.
#pragma once

#include <functional>
#include <string_view>

#include "analyzer/address/kernel_space.hpp"

namespace kstrax {

struct ModulePlace {
    VirtAddr at;              ///< of its struct module, which is part of its data
    std::uint64_t looks = 0;  ///< at modules of the list, or at pages
};

/// By the kernel's list, whose head (the symbol `modules`) is at `head`. Fails with NotFound where
/// the list is whole and lacks it, else with what is wrong with the list.
[[nodiscard]] Result<ModulePlace> module_in_list(KernelSpace& space, VirtAddr head, std::string_view name);

/// By all that page tables map in small pages where this architecture has its modules; needs no symbol.
/// Shows what has its name and a place in a list, until `is_it` answers true.
[[nodiscard]] Result<ModulePlace> module_in_memory(KernelSpace& space, std::string_view name,
                                                   const std::function<bool(VirtAddr)>& is_it);

/// Shows the words of a module's data, which its struct module is part of, page by page from that
/// one on and outwards, until `visit` answers true. Pages that are not there end it.
bool each_word_of_module(KernelSpace& space, VirtAddr module, const std::function<bool(std::uint64_t word)>& visit);

}  // namespace kstrax
