// SPDX-License-Identifier: GPL-2.0-or-later
// Which page frames a kdump-compressed dump holds, and as its how-manieth.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "analyzer/base/bytes.hpp"

namespace kstrax {

/// One bit a page frame, lowest frame in the lowest bit of the first byte.
class PageBitmap {
  public:
    /// Frames per entry of the rank table: a rank is found in 64 popcounts at most.
    static constexpr std::uint64_t kBlock = 4096;

    PageBitmap() = default;
    explicit PageBitmap(std::vector<std::byte> bits) : bits_(std::move(bits)) {
        bits_.resize((bits_.size() + 7) / 8 * 8);
        std::uint64_t rank = 0;
        for (std::uint64_t word = 0; word < bits_.size() / 8; ++word) {
            if (word % (kBlock / 64) == 0) ranks_.push_back(rank);
            rank += std::popcount(load(word));
        }
        total_ = rank;
    }

    bool operator==(const PageBitmap& other) const { return bits_ == other.bits_; }
    [[nodiscard]] std::uint64_t frames() const { return bits_.size() * 8; }
    [[nodiscard]] std::uint64_t total() const { return total_; }

    [[nodiscard]] bool has(std::uint64_t frame) const {
        return frame < frames() && ((load(frame / 64) >> (frame % 64)) & 1) != 0;
    }
    /// How many frames below `frame` are set. Precondition: frame < frames().
    [[nodiscard]] std::uint64_t rank(std::uint64_t frame) const {
        std::uint64_t rank = ranks_[static_cast<std::size_t>(frame / kBlock)];
        for (std::uint64_t word = frame / kBlock * (kBlock / 64); word < frame / 64; ++word)
            rank += std::popcount(load(word));
        return rank + std::popcount(load(frame / 64) & ((std::uint64_t{1} << (frame % 64)) - 1));
    }

  private:
    [[nodiscard]] std::uint64_t load(std::uint64_t word) const {
        std::uint64_t value = 0;
        std::memcpy(&value, bits_.data() + word * 8, 8);
        return value;
    }

    std::vector<std::byte> bits_;
    std::vector<std::uint64_t> ranks_;
    std::uint64_t total_ = 0;
};

}  // namespace kstrax
