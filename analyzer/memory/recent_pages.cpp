// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/recent_pages.hpp"

#include <algorithm>

namespace kstrax {

RecentPages::RecentPages(const MemorySource& source, std::size_t most_bytes)
    : SourceView(source),
      page_size_(static_cast<std::size_t>(source.page_size())),
      sets_(std::max<std::size_t>(most_bytes / page_size_ / kWays, 1)) {}

Result<const RecentPages::Page*> RecentPages::page(std::uint64_t number) const {
    Set& set = sets_[static_cast<std::size_t>(number % sets_.size())];
    if (const auto kept = std::ranges::find(set.pages, number, &Page::number); kept != set.pages.end()) return &*kept;
    Page& page = set.pages.at(set.next);
    page.number.reset();
    page.bytes.resize(page_size_);
    if (const auto read = source().read({number * page_size_}, page.bytes); !read) return read.error();
    page.number = number;
    set.next = (set.next + 1) % kWays;
    return &page;
}

Result<void> RecentPages::read(PhysAddr at, MutableBytes out) const {
    const std::lock_guard lock(mutex_);
    while (!out.empty()) {
        const auto within = static_cast<std::size_t>(at.value % page_size_);
        const std::size_t size = std::min(out.size(), page_size_ - within);
        if (const auto from = page(at.value / page_size_)) {
            std::copy_n((*from)->bytes.begin() + static_cast<std::ptrdiff_t>(within), size, out.begin());
        } else if (const auto read = source().read(at, out.first(size)); !read) {
            return read;  // with the address that is missing, not the page's
        }
        out = out.subspan(size);
        at = at + size;
    }
    return {};
}

}  // namespace kstrax
