// SPDX-License-Identifier: GPL-2.0-or-later
// Machines by the name that uname(2) has for them, as dump headers keep it.
#pragma once

#include <cstdint>
#include <string_view>

namespace kstrax {

/// ELF's e_machine; EM_NONE for a name that is not known.
[[nodiscard]] std::uint16_t machine_of_uname(std::string_view name);

}  // namespace kstrax
