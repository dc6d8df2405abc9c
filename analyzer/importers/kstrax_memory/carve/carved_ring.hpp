// SPDX-License-Identifier: GPL-2.0-or-later
// A ring of which pages were found one by one.
#pragma once

#include <vector>

#include "analyzer/memory/memory_source.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// Slots of successive positions: the bytes of its extents, one behind the other.
struct CarvedPiece {
    struct Extent {
        PhysAddr at;
        std::uint32_t size = 0;
    };
    std::uint64_t position = 0;  ///< of the first slot
    std::uint64_t slots = 0;
    std::vector<Extent> extents;
    [[nodiscard]] std::uint64_t end() const { return position + slots; }
};

class CarvedRing final : public SlotSource {
  public:
    /// `source` must outlive the ring. `pieces` ascend and do not overlap. `oldest`: positions
    /// below it were overwritten; what is missing behind it could not be found.
    CarvedRing(const MemorySource& source, std::uint64_t entry_size, std::vector<CarvedPiece> pieces,
               std::uint64_t oldest, std::uint64_t head);

    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override;

  private:
    class Cursor;

    const MemorySource& source_;
    std::uint64_t entry_size_;
    std::vector<CarvedPiece> pieces_;
    std::uint64_t oldest_, head_;
};

}  // namespace kstrax
