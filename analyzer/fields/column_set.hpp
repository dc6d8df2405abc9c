// SPDX-License-Identifier: GPL-2.0-or-later
// Which columns the text of paired and statistics reports has.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kstrax {

enum class ColumnSet : std::uint8_t {
    Manual,  ///< those of the recorder's manual
    Full,    ///< with what a reader asks next: how long, which task, what share
};

struct ColumnSetInfo {
    ColumnSet set;
    std::string_view name;  ///< of --columns
};
inline constexpr std::array<ColumnSetInfo, 2> kColumnSets{{
    {ColumnSet::Manual, "manual"},
    {ColumnSet::Full, "full"},
}};

}  // namespace kstrax
