// SPDX-License-Identifier: GPL-2.0-or-later
// Finding the anchor with what crash knows: symbols, modules, page tables.
#pragma once

#include <array>
#include <string_view>

#include "analyzer/locate/locate.hpp"

namespace kstrax {

enum class FindBy : std::uint8_t { Symbol, Module, Scan };

struct FindByInfo {
    FindBy by;
    std::string_view name;  ///< of --find
};
/// Cheapest first.
inline constexpr std::array<FindByInfo, 3> kFindBy{{
    {FindBy::Symbol, "symbol"},  // the recorder's exported pointer
    {FindBy::Module, "module"},  // any pointer in the recorder's own memory
    {FindBy::Scan, "scan"},      // every page of memory
}};

/// Tries one way after another until there is an anchor, or only the one named.
[[nodiscard]] Located locate_in_crash(const MemorySource& source, std::optional<FindBy> only);

}  // namespace kstrax
