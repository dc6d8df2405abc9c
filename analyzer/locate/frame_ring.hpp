// SPDX-License-Identifier: GPL-2.0-or-later
// A ring in a memory image, read through its page frames.
#pragma once

#include <vector>

#include "analyzer/locate/frame_map.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

class FrameRing final : public SlotSource {
  public:
    /// `source` must outlive the ring. Precondition: `facts` are plausible.
    /// `descriptor`: where the head is read again, in live memory: what the
    /// recorder has overwritten while we read counts as overwritten. `begin`: bytes
    /// of the first page before the ring, fewer than a page.
    FrameRing(const MemorySource& source, const kstrax_facts& facts, std::uint64_t head, FrameMap frames,
              std::optional<PhysAddr> descriptor = std::nullopt, std::uint64_t begin = 0);

    std::optional<SlotRun> next() override;
    void rewind() override;
    [[nodiscard]] std::optional<std::uint64_t> written_now() const override;

    /// The recorder has gone on to `head`: what is new follows on what was read. Precondition: not less than before.
    void extend(std::uint64_t head);
    /// Begins at `first` from now on: what lies before is not missing.
    void begin_at(std::uint64_t first);

    [[nodiscard]] std::uint64_t head() const { return head_; }
    [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
    [[nodiscard]] std::optional<PhysAddr> descriptor() const { return descriptor_; }
    /// The slot of a position as memory has it now; none if it cannot be read.
    [[nodiscard]] std::optional<std::vector<std::byte>> slot_now(std::uint64_t position) const;

  private:
    [[nodiscard]] bool load_page(std::uint64_t ordinal);
    [[nodiscard]] std::uint64_t read_neighbours(std::uint64_t at, MutableBytes out);
    [[nodiscard]] std::optional<std::uint64_t> unreadable_page(std::uint64_t offset);
    [[nodiscard]] std::uint64_t skip_from(std::uint64_t slot, std::uint64_t bad_page) const;
    void drop_overwritten(SlotRun& run);
    [[nodiscard]] std::uint64_t fill(std::uint64_t slot, std::uint64_t most);

    const MemorySource& source_;
    std::uint64_t entry_size_;
    std::uint64_t capacity_;  // slots
    std::uint64_t page_size_;
    std::uint64_t begin_;
    std::uint64_t head_;
    FrameMap frames_;
    std::optional<PhysAddr> descriptor_;

    std::uint64_t first_ = 0;
    std::uint64_t position_ = 0;
    std::uint64_t skipped_ = 0;  // overwritten before position_, and not yet told
    bool started_ = false;
    std::vector<std::byte> run_;
    std::vector<std::byte> page_;  // slots straddle pages: the last one is kept
    std::uint64_t page_ordinal_ = ~0ULL;
};

}  // namespace kstrax
