// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sinks/plain_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace kstrax {

namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};
constexpr std::array kHidden{
    Range{0x00, 0x1f},      // C0
    Range{0x7f, 0x9f},      // DEL, C1
    Range{0x061c, 0x061c},  // Arabic letter mark
    Range{0x200e, 0x200f},  // left-to-right and right-to-left mark
    Range{0x2028, 0x2029},  // separators of lines and paragraphs
    Range{0x202a, 0x202e},  // embeddings and overrides of a direction
    Range{0x2066, 0x2069},  // isolates
};

bool may_be_shown(const CodePoint& point) {
    return point.valid && std::ranges::none_of(kHidden, [&](const Range& range) {
               return point.value >= range.first && point.value <= range.last;
           });
}

}  // namespace

CodePoint next_code_point(std::string_view bytes) {
    constexpr CodePoint kBad{0xfffd, 1, false};
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char first = at(0);
    if (first < 0x80) return {first, 1, true};
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return kBad;
    std::uint32_t value = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) return kBad;
        value = (value << 6) | (at(i) & 0x3fU);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return kBad;
    return {value, length, true};
}

std::string plain_text(std::string_view bytes) {
    std::string plain;
    plain.reserve(bytes.size());
    while (!bytes.empty()) {
        const CodePoint point = next_code_point(bytes);
        if (may_be_shown(point)) {
            plain.append(bytes.substr(0, point.length));
        } else {
            for (const char c : bytes.substr(0, point.length))
                fmt::format_to(std::back_inserter(plain), "\\x{:02x}", static_cast<unsigned char>(c));
        }
        bytes.remove_prefix(point.length);
    }
    return plain;
}

}  // namespace kstrax
