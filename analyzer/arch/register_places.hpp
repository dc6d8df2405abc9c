// SPDX-License-Identifier: GPL-2.0-or-later
// Where struct pt_regs has its members, for kernels that carry no types: debuggers go by it, so it stays.
#pragma once

#include <span>
#include <string_view>

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

struct RegisterPlace {
    std::string_view name;  ///< empty: the struct as a whole
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// None where it is not known.
[[nodiscard]] std::span<const RegisterPlace> register_places(const Architecture& architecture);

}  // namespace kstrax
