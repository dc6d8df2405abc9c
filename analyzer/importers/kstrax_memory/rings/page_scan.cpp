// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#include "analyzer/importers/kstrax_memory/rings/magic.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kVmcoreinfoStart = "OSRELEASE=";

/// The first 8 bytes of a page tell nearly all pages apart: one load a page.
std::uint64_t first_word(const void* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

bool starts_with(const std::byte* page, const void* what, std::size_t size) {
    return std::memcmp(page, what, size) == 0;
}

}  // namespace

PageScan scan_pages(const MemorySource& source) {
    const Magic anchor = anchor_magic();
    const Magic frames = frames_magic();
    const std::array words{first_word(anchor.data()), first_word(frames.data()), first_word(kVmcoreinfoStart.data())};

    PageScan found;
    std::mutex mutex;
    found.unreadable_pages = source.scan([&](PhysAddr first, Bytes pages) {
        for (std::uint64_t offset = 0; offset + kSmallestPage <= pages.size(); offset += kSmallestPage) {
            const std::byte* page = pages.data() + offset;
            const std::uint64_t word = first_word(page);
            if (word != words[0] && word != words[1] && word != words[2]) [[likely]]
                continue;
            const std::lock_guard lock(mutex);
            if (starts_with(page, anchor.data(), anchor.size())) found.anchors.push_back(first + offset);
            if (starts_with(page, frames.data(), frames.size())) found.frame_lists.push_back(first + offset);
            if (starts_with(page, kVmcoreinfoStart.data(), kVmcoreinfoStart.size()))
                found.vmcoreinfo.push_back(first + offset);
        }
    });
    for (auto* list : {&found.anchors, &found.frame_lists, &found.vmcoreinfo}) std::sort(list->begin(), list->end());
    return found;
}

}  // namespace kstrax
