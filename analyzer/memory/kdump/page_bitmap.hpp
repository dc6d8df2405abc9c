// SPDX-License-Identifier: GPL-2.0-or-later
// The page frames that a kdump-compressed dump holds, and the position of each in the dump.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "analyzer/memory/logical_file.hpp"

namespace kstrax {

/// One bit for each page frame; the lowest frame has the lowest bit of the first byte. The bits stay
/// in the file, so the memory in use grows with the dumped part of the machine, not with the
/// highest frame (a machine of 64 TiB has 2 GiB of bits).
class PageBitmap {
  public:
    /// Frames of one block. To find a rank takes 128 popcounts at most.
    static constexpr std::uint64_t kBlock = 8192;

    /// A block with at least one dumped frame.
    struct Block {
        std::uint64_t first;    ///< frame
        std::uint64_t rank;     ///< number of dumped frames below `first`
        const std::byte* bits;  ///< kBlock bits
    };

    /// Reads the bits of `frames` page frames at `offset`. Fails with Truncated if the file lacks some of them.
    [[nodiscard]] static Result<PageBitmap> over(const LogicalFile& file, std::uint64_t offset, std::uint64_t frames);

    PageBitmap(const PageBitmap&) = delete;
    PageBitmap(PageBitmap&&) = default;
    PageBitmap& operator=(const PageBitmap&) = delete;
    PageBitmap& operator=(PageBitmap&&) = default;

    [[nodiscard]] bool operator==(const PageBitmap& other) const;
    [[nodiscard]] std::uint64_t frames() const { return frames_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }
    [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }  // ascending

    /// The number of dumped frames below this one.
    [[nodiscard]] std::uint64_t rank(std::uint64_t frame) const;
    /// The same, if this frame was dumped; none if it was not.
    [[nodiscard]] std::optional<std::uint64_t> index_of(std::uint64_t frame) const;

    /// 64 bits of a block. The lowest bit belongs to the lowest frame.
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

    std::shared_ptr<const MappedFile> file_;  // holds the bits
    std::deque<std::vector<std::byte>> own_;  // bits that the file holds in several pieces
    std::vector<Block> blocks_;
    std::uint64_t frames_ = 0, total_ = 0;
};

}  // namespace kstrax
