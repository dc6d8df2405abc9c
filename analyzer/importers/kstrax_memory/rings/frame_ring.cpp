// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostSlots = 4096;  // a run: at most 1 MiB of the largest slots

}  // namespace

FrameRing::FrameRing(const MemorySource& source, const RecordingFacts& facts, std::uint64_t head, FrameMap frames,
                     std::optional<PhysAddr> descriptor, std::uint64_t begin)
    : source_(source),
      entry_size_(facts.entry_size),
      capacity_(facts.entries_per_cpu),
      page_size_(std::uint64_t{1} << facts.page_shift),
      begin_(begin),
      head_(head),
      frames_(std::move(frames)),
      descriptor_(descriptor) {}

class FrameRing::Cursor final : public SlotCursor {
  public:
    explicit Cursor(const FrameRing& ring)
        : ring_(ring), head_(ring.head_), page_(static_cast<std::size_t>(ring.page_size_)) {
        position_ = std::max(head_ > ring.capacity_ ? head_ - ring.capacity_ : 0, ring.first_);
        skipped_ = position_ - ring.first_;
    }
    std::optional<SlotRun> next() override;

  private:
    void follow();
    [[nodiscard]] bool load_page(std::uint64_t ordinal);
    [[nodiscard]] std::uint64_t read_neighbours(std::uint64_t at, MutableBytes out);
    [[nodiscard]] std::optional<std::uint64_t> unreadable_page(std::uint64_t offset);
    [[nodiscard]] std::uint64_t skip_from(std::uint64_t slot, std::uint64_t bad_page) const;
    void drop_overwritten(SlotRun& run);
    [[nodiscard]] std::uint64_t fill(std::uint64_t slot, std::uint64_t most);

    const FrameRing& ring_;
    std::uint64_t head_;  // the ring's, when it was last looked at
    std::uint64_t position_ = 0;
    std::uint64_t skipped_ = 0;  // overwritten before position_, and not yet told
    bool started_ = false;
    std::vector<std::byte> run_;
    std::vector<std::byte> page_;  // slots straddle pages: the last one is kept
    std::uint64_t page_ordinal_ = ~0ULL;
};

std::unique_ptr<SlotCursor> FrameRing::open() const { return std::make_unique<Cursor>(*this); }

/// Takes note of what the ring has been extended by.
void FrameRing::Cursor::follow() {
    const std::uint64_t head = ring_.head_;
    if (head == head_) return;
    head_ = head;
    page_ordinal_ = ~0ULL;  // it may have been written to
    const std::uint64_t oldest = head_ - std::min(head_, ring_.capacity_);
    if (oldest <= position_) return;
    skipped_ += oldest - position_;
    position_ = oldest;
}

std::optional<SlotRun> FrameRing::Cursor::next() {
    follow();
    SlotRun run;
    run.overwritten_before = std::exchange(skipped_, 0);
    while (position_ < head_ && run.count == 0) {
        const std::uint64_t slot = position_ % ring_.capacity_;
        if (const auto bad = unreadable_page(ring_.begin_ + slot * ring_.entry_size_)) {
            const std::uint64_t skipped = std::min(skip_from(slot, *bad), head_ - position_);
            run.unreadable_before += skipped;
            position_ += skipped;
            continue;
        }
        run.first_position = position_;
        run.count = fill(slot, std::min({kMostSlots, head_ - position_, ring_.capacity_ - slot}));
        run.slots = Bytes(run_).first(static_cast<std::size_t>(run.count * ring_.entry_size_));
        position_ += run.count;
        if (run.count == 0) {  // live memory may vanish between two looks
            ++run.unreadable_before;
            ++position_;
        }
        if (ring_.descriptor_) drop_overwritten(run);
    }
    if (run.count == 0) run.first_position = position_;
    if (run.count == 0 && started_ && run.unreadable_before == 0 && run.overwritten_before == 0) return std::nullopt;
    started_ = true;
    return run;
}

/// A slot was whole when it was copied if its position is still within the ring (kstrax_abi.h).
void FrameRing::Cursor::drop_overwritten(SlotRun& run) {
    const auto head = ring_.written_now();
    if (!head) return;
    const std::uint64_t oldest = *head > ring_.capacity_ ? *head - ring_.capacity_ : 0;
    if (oldest <= run.first_position) return;
    const std::uint64_t gone = std::min(oldest - run.first_position, run.count);
    run.overwritten_before += gone;
    run.first_position += gone;
    run.count -= gone;
    run.slots = run.slots.subspan(static_cast<std::size_t>(gone * ring_.entry_size_));
    if (run.count > 0) return;
    const std::uint64_t next = std::clamp(oldest, position_, head_);  // and with them those that follow
    run.overwritten_before += next - position_;
    position_ = next;
}

/// Makes page_ hold the ring's ordinal-th page.
bool FrameRing::Cursor::load_page(std::uint64_t ordinal) {
    if (ordinal == page_ordinal_) return true;
    page_ordinal_ = ~0ULL;
    const auto frame = ring_.frames_.frame(ordinal);
    if (!frame || *frame > ~std::uint64_t{0} / ring_.page_size_) return false;
    if (!ring_.source_.read({*frame * ring_.page_size_}, page_)) return false;
    page_ordinal_ = ordinal;
    return true;
}

/// The first page that the slot at `offset` needs and that cannot be read.
std::optional<std::uint64_t> FrameRing::Cursor::unreadable_page(std::uint64_t offset) {
    const std::uint64_t last = (offset + ring_.entry_size_ - 1) / ring_.page_size_;
    for (std::uint64_t ordinal = offset / ring_.page_size_; ordinal <= last; ++ordinal)
        if (!load_page(ordinal)) return ordinal;
    return std::nullopt;
}

/// How many slots from `slot` on are lost when the ring's page `bad` is: up to
/// the first that begins in a later page that is known, or to the ring's end.
std::uint64_t FrameRing::Cursor::skip_from(std::uint64_t slot, std::uint64_t bad) const {
    const auto known = ring_.frames_.next_known(bad + 1);
    if (!known || *known > (ring_.begin_ + ring_.capacity_ * ring_.entry_size_) / ring_.page_size_)
        return ring_.capacity_ - slot;
    const std::uint64_t resume = (*known * ring_.page_size_ - ring_.begin_ + ring_.entry_size_ - 1) / ring_.entry_size_;
    return std::clamp<std::uint64_t>(resume, slot + 1, ring_.capacity_) - slot;
}

/// Reads as many whole pages from `at` on as lie side by side in physical memory: a read of many
/// pages costs a running machine one call. Returns the bytes; 0 where single pages are as good.
std::uint64_t FrameRing::Cursor::read_neighbours(std::uint64_t at, MutableBytes out) {
    if (!ring_.descriptor_ || at % ring_.page_size_ != 0) return 0;
    const std::uint64_t first = at / ring_.page_size_;
    const auto frame = ring_.frames_.frame(first);
    if (!frame) return 0;
    std::uint64_t pages = 1;
    while ((pages + 1) * ring_.page_size_ <= out.size() && ring_.frames_.frame(first + pages) == *frame + pages)
        ++pages;
    if (pages == 1 || *frame > ~std::uint64_t{0} / ring_.page_size_) return 0;
    const std::uint64_t size = pages * ring_.page_size_;
    return ring_.source_.read({*frame * ring_.page_size_}, out.first(static_cast<std::size_t>(size))) ? size : 0;
}

/// Copies up to `most` slots into run_, as far as their pages can be read.
/// Returns how many; at least 1, as the first has been seen to be readable.
std::uint64_t FrameRing::Cursor::fill(std::uint64_t slot, std::uint64_t most) {
    const std::uint64_t begin = ring_.begin_ + slot * ring_.entry_size_;
    const std::uint64_t size = most * ring_.entry_size_;
    run_.resize(static_cast<std::size_t>(size));
    std::uint64_t done = 0;
    while (done < size) {
        const std::uint64_t at = begin + done;
        if (const std::uint64_t whole = read_neighbours(at, MutableBytes(run_).subspan(static_cast<std::size_t>(done)));
            whole > 0) {
            done += whole;
            continue;
        }
        if (!load_page(at / ring_.page_size_)) break;
        const std::uint64_t offset = at % ring_.page_size_;
        const std::uint64_t part = std::min(ring_.page_size_ - offset, size - done);
        std::memcpy(run_.data() + done, page_.data() + offset, static_cast<std::size_t>(part));
        done += part;
    }
    return done / ring_.entry_size_;
}

std::optional<std::uint64_t> FrameRing::written_now() const {
    static_assert(offsetof(kstrax_cpu, head) == 0);
    std::uint64_t head = 0;
    if (!descriptor_ || !source_.read(*descriptor_, std::as_writable_bytes(std::span(&head, 1)))) return std::nullopt;
    return head;
}

std::optional<std::vector<std::byte>> FrameRing::slot_now(std::uint64_t position) const {
    std::vector<std::byte> slot(static_cast<std::size_t>(entry_size_));
    std::uint64_t at = begin_ + position % capacity_ * entry_size_;
    for (MutableBytes rest = slot; !rest.empty();) {
        const auto frame = frames_.frame(at / page_size_);
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), page_size_ - at % page_size_));
        if (!frame || *frame > ~std::uint64_t{0} / page_size_) return std::nullopt;
        if (!source_.read({*frame * page_size_ + at % page_size_}, rest.first(part))) return std::nullopt;
        rest = rest.subspan(part);
        at += part;
    }
    return slot;
}

}  // namespace kstrax
