// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/read_ahead.hpp"

#include <algorithm>

namespace kstrax {

const ReadAhead::Block& ReadAhead::block(std::uint64_t number) const {
    if (const auto found = blocks_.find(number); found != blocks_.end()) return found->second;
    if (blocks_.size() == kMostBlocks) blocks_.clear();
    Block block(kBlock);
    if (!source().read({number * kBlock}, block)) block.clear();
    return blocks_.emplace(number, std::move(block)).first->second;
}

Result<void> ReadAhead::read(PhysAddr at, MutableBytes out) const {
    const std::lock_guard lock(mutex_);
    while (!out.empty()) {
        const std::uint64_t within = at.value % kBlock;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), kBlock - within));
        const Block& from = block(at.value / kBlock);
        if (from.empty()) {
            if (const auto read = source().read(at, out.first(size)); !read) return read;
        } else {
            std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(within), size, out.begin());
        }
        out = out.subspan(size);
        at = at + size;
    }
    return {};
}

}  // namespace kstrax
