// SPDX-License-Identifier: GPL-2.0-or-later
// The forms that rows are written in.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kstrax {

enum class Format : std::uint8_t { Text, Jsonl, Csv };

struct FormatInfo {
    Format format;
    std::string_view name;  ///< of --format
};
inline constexpr std::array<FormatInfo, 3> kFormats{{
    {Format::Text, "text"},
    {Format::Jsonl, "jsonl"},
    {Format::Csv, "csv"},
}};

}  // namespace kstrax
