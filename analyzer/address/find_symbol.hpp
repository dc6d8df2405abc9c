// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/base/types.hpp"

namespace kstrax {

/// A symbol's address in the dumped kernel, wherever it is known from; none if there is none of that name.
using FindSymbol = std::function<std::optional<VirtAddr>(std::string_view name)>;

struct NearestSymbol {
    VirtAddr address;
    std::string name;
};
/// The last symbol that begins at an address or below; none where none is known.
using FindNearest = std::function<std::optional<NearestSymbol>(VirtAddr at)>;

}  // namespace kstrax
