// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/memory.hpp"

#include <algorithm>
#include <stdexcept>

namespace kstrax::test {

std::uint64_t Random::next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    const std::uint64_t high = state_ >> 33;
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (high << 31) ^ (state_ >> 33);
}

Memory::Memory(std::uint64_t page_size, std::uint64_t frames, std::uint64_t seed)
    : page_size_(page_size), frames_(frames), random_(seed) {}

PhysAddr Memory::take(std::uint64_t count) {
    // Frame 0 stays free: address 0 says "none" in the ring ABI.
    for (int attempt = 0; attempt < 100000 && count + 1 < frames_; ++attempt) {
        const std::uint64_t first = 1 + random_.below(frames_ - count);
        const auto next = pages_.lower_bound(first);
        if (next != pages_.end() && next->first < first + count) continue;
        for (std::uint64_t frame = first; frame < first + count; ++frame)
            pages_[frame] = std::string(static_cast<std::size_t>(page_size_), '\0');
        return {first * page_size_};
    }
    throw std::runtime_error("the test's machine has no memory left");
}

void Memory::write(PhysAddr at, Bytes bytes) {
    while (!bytes.empty()) {
        std::string& page = pages_[at.value / page_size_];
        page.resize(static_cast<std::size_t>(page_size_));
        const auto offset = static_cast<std::size_t>(at.value % page_size_);
        const std::size_t part = std::min(bytes.size(), page.size() - offset);
        std::memcpy(page.data() + offset, bytes.data(), part);
        bytes = bytes.subspan(part);
        at = at + part;
    }
}

std::string Memory::read(PhysAddr at, std::uint64_t size) const {
    std::string bytes;
    for (; bytes.size() < size; at = at + 1) {
        const auto page = pages_.find(at.value / page_size_);
        bytes.push_back(page == pages_.end() ? '\0' : page->second[static_cast<std::size_t>(at.value % page_size_)]);
    }
    return bytes;
}

void Memory::flip(PhysAddr at, std::uint8_t bits) { put(at, static_cast<std::uint8_t>(get<std::uint8_t>(at) ^ bits)); }

void Memory::drop(PhysAddr at) { pages_.erase(at.value / page_size_); }

Result<void> MemoryView::read(PhysAddr at, MutableBytes out) const {
    while (!out.empty()) {
        const auto page = memory_.pages().find(at.value / page_size());
        if (page == memory_.pages().end()) return Error{ErrorCode::Excluded, "page is not there", at.value};
        const auto offset = static_cast<std::size_t>(at.value % page_size());
        const std::size_t part = std::min<std::size_t>(out.size(), page->second.size() - offset);
        std::memcpy(out.data(), page->second.data() + offset, part);
        out = out.subspan(part);
        at = at + part;
    }
    return {};
}

std::uint64_t MemoryView::scan(const PageVisitor& visit) const {
    for (const auto& [frame, page] : memory_.pages()) visit({frame * page_size()}, as_bytes(page));
    return 0;
}

}  // namespace kstrax::test
