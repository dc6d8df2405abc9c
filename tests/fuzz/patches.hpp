// SPDX-License-Identifier: GPL-2.0-or-later
// Structures that are whole but for what an input changes in them: an input names the places alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/target.hpp"
#include "tests/support/memory.hpp"

namespace kstrax::fuzz {

/// Takes all of the input: a place (8 bits, modulo how many there are), an offset (16 bits), a length (8 bits; 0:
/// the page is dropped) and that many bytes, again and again.
inline void patch(Input& input, test::Memory& memory, std::span<const PhysAddr> places) {
    constexpr std::size_t kMostBytes = 64;
    while (!input.empty()) {
        const PhysAddr place = places[input.byte() % places.size()];
        const PhysAddr at = place + input.number<std::uint16_t>() % memory.page_size();
        const std::size_t length = input.byte() % (kMostBytes + 1);
        if (length == 0) memory.drop(at);
        else memory.write(at, input.take(length));
    }
}

/// A patch, for seeds.
[[nodiscard]] inline std::string patch_of(std::uint8_t place, std::uint16_t offset, std::string_view bytes) {
    return packed(place) + packed(offset) + packed(static_cast<std::uint8_t>(bytes.size())) + std::string(bytes);
}

/// The pages of a memory.
[[nodiscard]] inline std::vector<PhysAddr> pages_of(const test::Memory& memory) {
    std::vector<PhysAddr> pages;
    for (const auto& [frame, bytes] : memory.pages()) pages.push_back({frame * memory.page_size()});
    return pages;
}

}  // namespace kstrax::fuzz
