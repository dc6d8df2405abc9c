// SPDX-License-Identifier: GPL-2.0-or-later
// Which page frames a kdump-compressed dump holds, and as its how-manieth.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "analyzer/memory/logical_file.hpp"

namespace kstrax {

/// One bit a page frame, lowest frame in the lowest bit of the first byte. The bits stay in
/// the file: what is remembered grows with the parts of memory that were dumped, not with
/// the highest frame (a machine of 64 TiB has 2 GiB of bits).
class PageBitmap {
  public:
    /// Frames that are counted together; a rank is found in 128 popcounts at most.
    static constexpr std::uint64_t kBlock = 8192;

    /// A block of which at least one frame was dumped.
    struct Block {
        std::uint64_t first;    ///< frame
        std::uint64_t rank;     ///< frames below `first` that were dumped
        const std::byte* bits;  ///< kBlock of them
    };

    /// The bits of `frames` page frames at `offset`; fails with Truncated if the file lacks some.
    [[nodiscard]] static Result<PageBitmap> over(const LogicalFile& file, std::uint64_t offset, std::uint64_t frames);

    PageBitmap(const PageBitmap&) = delete;
    PageBitmap(PageBitmap&&) = default;
    PageBitmap& operator=(const PageBitmap&) = delete;
    PageBitmap& operator=(PageBitmap&&) = default;

    [[nodiscard]] bool operator==(const PageBitmap& other) const;
    [[nodiscard]] std::uint64_t frames() const { return frames_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }
    [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }  // ascending

    /// Frames below this one that were dumped.
    [[nodiscard]] std::uint64_t rank(std::uint64_t frame) const;
    /// The same, if this one was dumped too.
    [[nodiscard]] std::optional<std::uint64_t> index_of(std::uint64_t frame) const;

    /// 64 bits of a block, the lowest frame's in the lowest.
    [[nodiscard]] static std::uint64_t word(const Block& block, std::uint64_t index) {
        std::uint64_t value = 0;
        std::memcpy(&value, block.bits + index * sizeof value, sizeof value);
        return value;
    }

  private:
    explicit PageBitmap(const LogicalFile& file) : file_(file.mapped()) {}
    void add(std::uint64_t first, Bytes bits, bool lasting);
    /// The last block that begins at or below this frame; null if there is none.
    [[nodiscard]] const Block* at_or_below(std::uint64_t frame) const;

    std::shared_ptr<const MappedFile> file_;  // that bits are of
    std::deque<std::vector<std::byte>> own_;  // bits that lie in several pieces there
    std::vector<Block> blocks_;
    std::uint64_t frames_ = 0, total_ = 0;
};

}  // namespace kstrax
