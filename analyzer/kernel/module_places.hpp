// SPDX-License-Identifier: GPL-2.0-or-later
// Where a module of the dumped kernel lies, with no types to go by: struct module has begun with
// its state, its place in the kernel's list and its name since Linux 2.5.
#pragma once

#include <functional>
#include <string_view>

#include "analyzer/address/kernel_space.hpp"

namespace kstrax {

/// Names are identifiers, for they come from those of files of code.
[[nodiscard]] bool may_name_a_module(std::string_view text);

struct ModulePlace {
    VirtAddr at;              ///< of its struct module, which is part of its data
    std::uint64_t looks = 0;  ///< at modules of the list, or at pages
};

/// Finds a module in the kernel's list, whose head (the symbol `modules`) is at `head`. Fails with NotFound
/// if the list is whole and lacks the module; otherwise the error says what is wrong with the list.
[[nodiscard]] Result<ModulePlace> module_in_list(KernelSpace& space, VirtAddr head, std::string_view name);

/// Finds a module in the small pages that page tables map in this architecture's area for modules. Needs no
/// symbol. Shows each place with the module's name and a place in a list, until `is_it` returns true.
[[nodiscard]] Result<ModulePlace> module_in_memory(KernelSpace& space, std::string_view name,
                                                   const std::function<bool(VirtAddr)>& is_it);

/// The same of a module of any name.
[[nodiscard]] Result<ModulePlace> any_module_in_memory(KernelSpace& space, const std::function<bool(VirtAddr)>& is_it);

/// Shows the words of a module's data page by page, from the page of its struct module outwards, until
/// `visit` returns true. A missing page ends the data.
bool each_word_of_module(KernelSpace& space, VirtAddr module, const std::function<bool(std::uint64_t word)>& visit);

}  // namespace kstrax
