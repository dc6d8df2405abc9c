// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/structure/exports.hpp"

#include <cstring>

#include "analyzer/kernel/structure/image_pages.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kImageSize = 32 << 20;
constexpr std::size_t kMostTexts = 256;  // of all names; they stand in other tables, too

/// Where each name stands, by address.
std::map<std::uint64_t, std::string_view> texts_of(KernelSpace& space, std::span<const std::string_view> names) {
    std::map<std::uint64_t, std::string_view> found;
    each_image_page(space, kImageSize, [&](std::uint64_t at, Bytes bytes) {
        const std::string_view image = as_text(bytes);
        for (const std::string_view name : names) {
            for (std::size_t place = image.find(name, 1); place != image.npos; place = image.find(name, place + 1)) {
                const std::size_t end = place + name.size();
                if (image[place - 1] != '\0' || end >= image.size() || image[end] != '\0') continue;
                if (found.size() < kMostTexts) found[at + place] = name;
            }
        }
    });
    return found;
}

std::uint64_t led_to(Bytes bytes, std::size_t offset, std::uint64_t at) {
    std::int32_t distance = 0;
    std::memcpy(&distance, bytes.data() + offset, sizeof distance);
    return at + offset + static_cast<std::uint64_t>(std::int64_t{distance});
}

}  // namespace

Exports find_exports(KernelSpace& space, std::span<const std::string_view> names) {
    Exports found;
    const auto texts = texts_of(space, names);
    if (texts.empty()) return found;
    std::map<std::string_view, unsigned> entries;
    each_image_page(space, kImageSize, [&](std::uint64_t at, Bytes bytes) {
        // An entry begins in the end of the page before, or in this page but for its last word.
        for (std::size_t offset = kPageOverlap - 4; offset + 8 <= bytes.size(); offset += 4) {
            const std::uint64_t text = led_to(bytes, offset + 4, at);
            if (text < texts.begin()->first || text > texts.rbegin()->first) continue;
            const auto name = texts.find(text);
            if (name == texts.end()) continue;
            ++entries[name->second];
            found.insert_or_assign(std::string(name->second), VirtAddr{led_to(bytes, offset, at)});
        }
    });
    std::erase_if(found, [&](const auto& one) { return entries[one.first] != 1; });
    return found;
}

}  // namespace kstrax
