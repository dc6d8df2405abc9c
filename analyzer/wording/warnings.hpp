// SPDX-License-Identifier: GPL-2.0-or-later
// What the comments in paired and raw text reports that warn begin with: reports write it, kstrax-filter
// reads it back.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace kstrax {

inline constexpr std::string_view kRecordedOnly = "# recorded only: ";
inline constexpr std::string_view kCpusMissing = "# missing: ";
inline constexpr std::string_view kClocksDiffer = "# clocks of CPUs differ ";
inline constexpr std::string_view kLost = "# lost: ";
inline constexpr std::string_view kNothingLost = "# lost: 0 records";

/// Of a line that was read back. (Who writes a line knows it.)
[[nodiscard]] inline bool reads_as_warning(std::string_view line) {
    constexpr std::array kBeginnings{kRecordedOnly, kCpusMissing, kClocksDiffer, kLost};
    return !line.starts_with(kNothingLost) &&
           std::ranges::any_of(kBeginnings, [&](std::string_view beginning) { return line.starts_with(beginning); });
}

}  // namespace kstrax
