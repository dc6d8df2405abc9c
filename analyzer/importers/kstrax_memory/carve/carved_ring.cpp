// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/carve/carved_ring.hpp"

#include <algorithm>
#include <cstring>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostSlots = 4096;

}  // namespace

CarvedRing::CarvedRing(const MemorySource& source, std::uint64_t entry_size, std::vector<CarvedPiece> pieces,
                       std::uint64_t oldest, std::uint64_t head)
    : source_(source), entry_size_(entry_size), pieces_(std::move(pieces)), oldest_(oldest), head_(head) {}

class CarvedRing::Cursor final : public SlotCursor {
  public:
    explicit Cursor(const CarvedRing& ring) : ring_(ring) {}
    std::optional<SlotRun> next() override;

  private:
    void fill(MutableBytes out);

    const CarvedRing& ring_;
    std::size_t piece_ = 0;
    std::size_t extent_ = 0;
    std::uint32_t in_extent_ = 0;  // bytes of it already taken
    std::uint64_t position_ = 0;
    std::vector<std::byte> run_;
};

std::unique_ptr<SlotCursor> CarvedRing::open() const { return std::make_unique<Cursor>(*this); }

std::optional<SlotRun> CarvedRing::Cursor::next() {
    if (position_ == ring_.head_) return std::nullopt;
    SlotRun run;
    const std::uint64_t resume =
        piece_ < ring_.pieces_.size() ? std::max(position_, ring_.pieces_[piece_].position) : ring_.head_;
    run.overwritten_before = std::clamp(ring_.oldest_, position_, resume) - position_;
    run.unreadable_before = resume - position_ - run.overwritten_before;
    run.first_position = position_ = resume;
    if (piece_ == ring_.pieces_.size()) return run;
    run.count = std::min(kMostSlots, ring_.pieces_[piece_].end() - position_);
    run_.resize(static_cast<std::size_t>(run.count * ring_.entry_size_));
    fill(run_);
    run.slots = run_;
    position_ += run.count;
    if (position_ == ring_.pieces_[piece_].end()) {
        ++piece_;
        extent_ = 0;
        in_extent_ = 0;
    }
    return run;
}

/// The next bytes of the piece. What can no longer be read is zeros, and so no entry.
void CarvedRing::Cursor::fill(MutableBytes out) {
    const auto& extents = ring_.pieces_[piece_].extents;
    while (!out.empty()) {
        const CarvedPiece::Extent& extent = extents[extent_];
        const std::size_t size = std::min<std::size_t>(out.size(), extent.size - in_extent_);
        const MutableBytes part = out.first(size);
        if (!ring_.source_.read(extent.at + in_extent_, part)) std::fill(part.begin(), part.end(), std::byte{0});
        out = out.subspan(size);
        in_extent_ += static_cast<std::uint32_t>(size);
        if (in_extent_ == extent.size) {
            ++extent_;
            in_extent_ = 0;
        }
    }
}

}  // namespace kstrax
