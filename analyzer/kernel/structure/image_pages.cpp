// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/structure/image_pages.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace kstrax {

void each_image_page(KernelSpace& space, std::uint64_t size,
                     const std::function<void(std::uint64_t at, Bytes bytes)>& visit) {
    const auto stext = space.vmcoreinfo().symbol("_stext");
    if (!stext) return;
    const std::uint64_t first = *stext / kSmallestPage * kSmallestPage;
    std::array<std::byte, kPageOverlap + kSmallestPage> bytes{};
    const MutableBytes page = MutableBytes(bytes).last(kSmallestPage);
    for (std::uint64_t at = first; at < first + size; at += kSmallestPage) {
        std::memmove(bytes.data(), bytes.data() + kSmallestPage, kPageOverlap);
        if (!space.read({at}, page)) std::ranges::fill(page, std::byte{0});
        visit(at - kPageOverlap, bytes);
    }
}

}  // namespace kstrax
