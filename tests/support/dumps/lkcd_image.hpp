// SPDX-License-Identifier: GPL-2.0-or-later
// Memory as LKCD saves it.
#pragma once

#include <string>

#include "tests/support/memory.hpp"

namespace kstrax::test {

struct LkcdForm {
    std::uint32_t version = 9;
    enum class Pages : std::uint32_t { Raw = 0, Rle = 1, Gzip = 2 } pages = Pages::Rle;
    std::uint8_t word_size = 8;  // of the machine that writes it
    std::string machine = "x86_64";
    bool end_mark = true;
};

/// A page is stored raw where compressing it gains nothing. The first one is at 64 KiB, or
/// where the header says from version 9 on.
[[nodiscard]] std::string lkcd_image(const Memory& memory, const LkcdForm& form = {});

/// A page's record and its bytes.
[[nodiscard]] std::string lkcd_page(std::uint64_t address, std::uint32_t flags, std::string_view bytes);

}  // namespace kstrax::test
