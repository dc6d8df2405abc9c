// SPDX-License-Identifier: GPL-2.0-or-later
// A ring in a memory image, read through its page frames.
#pragma once

#include <atomic>
#include <vector>

#include "analyzer/importers/kstrax_memory/rings/frame_map.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

class FrameRing final : public SlotSource {
  public:
    /// `source` must outlive the ring. Precondition: `facts` are plausible.
    /// `descriptor`: where the head is read again, in live memory: what the
    /// recorder has overwritten while we read counts as overwritten. `begin`: bytes
    /// of the first page before the ring, fewer than a page.
    FrameRing(const MemorySource& source, const RecordingFacts& facts, std::uint64_t head, FrameMap frames,
              std::optional<PhysAddr> descriptor = std::nullopt, std::uint64_t begin = 0);

    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override;
    [[nodiscard]] std::optional<std::uint64_t> written_now() const override;

    /// The recorder has gone on to `head`: cursors go on with what is new. Precondition: not less than before.
    void extend(std::uint64_t head) { head_ = head; }
    /// Cursors opened from now on begin at `first`: what lies before is not missing.
    void begin_at(std::uint64_t first) { first_ = first; }

    [[nodiscard]] std::uint64_t head() const { return head_; }
    [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
    [[nodiscard]] std::optional<PhysAddr> descriptor() const { return descriptor_; }
    /// The slot of a position as memory has it now; none if it cannot be read.
    [[nodiscard]] std::optional<std::vector<std::byte>> slot_now(std::uint64_t position) const;

  private:
    class Cursor;

    const MemorySource& source_;
    std::uint64_t entry_size_;
    std::uint64_t capacity_;  // slots
    std::uint64_t page_size_;
    std::uint64_t begin_;
    std::atomic<std::uint64_t> head_;
    FrameMap frames_;
    std::optional<PhysAddr> descriptor_;

    std::uint64_t first_ = 0;  // where cursors begin
};

}  // namespace kstrax
