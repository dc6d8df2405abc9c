// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/dumps/lime_image.hpp"

namespace kstrax::test {

std::string lime_range(std::uint64_t first, std::string_view bytes) {
    std::string range;
    const auto append = [&](const auto& value) { range.append(as_text(bytes_of(value))); };
    append(std::uint32_t{0x4c694d45});
    append(std::uint32_t{1});
    append(first);
    append(std::uint64_t{first + bytes.size() - 1});
    append(std::uint64_t{0});
    return range.append(bytes);
}

std::string lime_image(const Memory& memory) {
    std::string file, run;
    std::uint64_t first = 0;
    for (const auto& [frame, page] : memory.pages()) {
        const std::uint64_t address = frame * memory.page_size();
        if (!run.empty() && first + run.size() != address) {
            file += lime_range(first, run);
            run.clear();
        }
        if (run.empty()) first = address;
        run += page;
    }
    return run.empty() ? file : file + lime_range(first, run);
}

}  // namespace kstrax::test
