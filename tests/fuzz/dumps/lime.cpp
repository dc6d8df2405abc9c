// SPDX-License-Identifier: GPL-2.0-or-later
// Ranges as LiME writes them.
#include "tests/fuzz/dumps/sources.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/dumps/lime_image.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes input) {
    const MemoryFile file;
    file.fill(input);
    if (const auto mapped = file.map()) read_source(open_lime(mapped));
}

std::vector<std::string> seeds() {
    const std::string page(kSmallestPage, 'p');
    return {test::lime_image(small_memory()), test::lime_range(0x1000, page) + test::lime_range(0x1000, page),
            test::lime_range(0x800, page) + test::lime_range(0x100000, "short"),
            // Behind this page addresses begin anew: it was once read beyond the file's end.
            test::lime_range(0xfffffffffffff000, "short")};
}

}  // namespace

extern const Target kLime;
const Target kLime{"lime", 32 << 10, run, seeds};

}  // namespace kstrax::fuzz
