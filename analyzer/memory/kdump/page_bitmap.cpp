// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/kdump/page_bitmap.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace kstrax {

namespace {

constexpr std::uint64_t kWords = PageBitmap::kBlock / 64;
constexpr std::uint64_t kBytes = PageBitmap::kBlock / 8;

bool all_zero(Bytes bits) {
    static constexpr std::array<std::byte, kBytes> kZeros{};
    return std::memcmp(bits.data(), kZeros.data(), bits.size()) == 0;
}

}  // namespace

Result<PageBitmap> PageBitmap::over(const LogicalFile& file, std::uint64_t offset, std::uint64_t frames) {
    PageBitmap bitmap(file);
    const std::uint64_t size = (frames + 7) / 8;
    bitmap.frames_ = size * 8;
    std::vector<std::byte> scratch;
    if (!file.flattened())
        if (const auto whole = file.view(offset, size, scratch); !whole) return whole.error();
    DataExtent data{};  // of the file: everything outside it is zeros
    for (std::uint64_t at = 0; at < size; at += kBytes) {
        if (offset + at >= data.end) data = file.data_from(offset + at);
        if (data.start >= offset + size) break;
        if (data.start > offset + at) at = (data.start - offset) / kBytes * kBytes;
        const auto bits = file.view(offset + at, std::min(kBytes, size - at), scratch);
        if (!bits) return bits.error();
        file.mapped()->passed(bits->size());
        if (!all_zero(*bits)) bitmap.add(at * 8, *bits, bits->data() != scratch.data());
    }
    return bitmap;
}

void PageBitmap::add(std::uint64_t first, Bytes bits, bool lasting) {
    if (!lasting || bits.size() < kBytes) {
        own_.emplace_back(bits.begin(), bits.end()).resize(kBytes);
        bits = own_.back();
    }
    blocks_.push_back({first, total_, bits.data()});
    for (std::uint64_t i = 0; i < kWords; ++i) total_ += std::popcount(word(blocks_.back(), i));
}

bool PageBitmap::operator==(const PageBitmap& other) const {
    return frames_ == other.frames_ && total_ == other.total_ &&
           std::equal(blocks_.begin(), blocks_.end(), other.blocks_.begin(), other.blocks_.end(),
                      [](const Block& a, const Block& b) {
                          return a.first == b.first && std::memcmp(a.bits, b.bits, kBytes) == 0;
                      });
}

const PageBitmap::Block* PageBitmap::at_or_below(std::uint64_t frame) const {
    const auto next = std::upper_bound(blocks_.begin(), blocks_.end(), frame,
                                       [](std::uint64_t wanted, const Block& block) { return wanted < block.first; });
    return next == blocks_.begin() ? nullptr : &*(next - 1);
}

std::uint64_t PageBitmap::rank(std::uint64_t frame) const {
    const Block* block = at_or_below(frame);
    if (block == nullptr) return 0;
    const std::uint64_t place = std::min(frame - block->first, kBlock);
    std::uint64_t rank = block->rank;
    for (std::uint64_t i = 0; i < place / 64; ++i) rank += std::popcount(word(*block, i));
    if (place % 64 != 0) rank += std::popcount(word(*block, place / 64) & ((std::uint64_t{1} << (place % 64)) - 1));
    return rank;
}

std::optional<std::uint64_t> PageBitmap::index_of(std::uint64_t frame) const {
    const Block* block = at_or_below(frame);
    if (block == nullptr || frame - block->first >= kBlock) return std::nullopt;
    const std::uint64_t place = frame - block->first;
    if (((word(*block, place / 64) >> (place % 64)) & 1) == 0) return std::nullopt;
    return rank(frame);
}

}  // namespace kstrax
