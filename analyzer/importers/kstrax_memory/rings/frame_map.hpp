// SPDX-License-Identifier: GPL-2.0-or-later
// Which page frames a ring lies in, by the frame lists that the recorder left.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "analyzer/importers/kstrax_memory/rings/anchor.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"

namespace kstrax {

/// Frames of one ring, in its order; some may be unknown.
class FrameMap {
  public:
    /// Appends frames that begin at `first`. Precondition: beyond all present ones.
    void append(std::uint64_t first, std::vector<std::uint64_t> frames);

    /// The frame number of the ring's ordinal-th page; none where its list is lost.
    [[nodiscard]] std::optional<std::uint64_t> frame(std::uint64_t ordinal) const;
    /// The first known ordinal at or after `ordinal`; none if there is none.
    [[nodiscard]] std::optional<std::uint64_t> next_known(std::uint64_t ordinal) const;

  private:
    struct Part {
        std::uint64_t first;
        std::vector<std::uint64_t> frames;
    };
    std::vector<Part> parts_;  // ascending; a part a list
};

/// Every frame list in memory by what it says it is, for chains that are broken.
class FrameLists {
  public:
    FrameLists(const MemorySource& source, const PageScan& scan);

    struct Key {
        std::uint64_t instance;
        CpuId cpu;
        std::uint32_t index;
        auto operator<=>(const Key&) const = default;
    };
    [[nodiscard]] const std::map<Key, PhysAddr>& all() const { return by_key_; }
    /// Some list is of this CPU's ring.
    [[nodiscard]] bool any_of(std::uint64_t instance, CpuId cpu) const {
        const auto first = by_key_.lower_bound({instance, cpu, 0});
        return first != by_key_.end() && first->first.instance == instance && first->first.cpu == cpu;
    }

  private:
    std::map<Key, PhysAddr> by_key_;
};

struct RingFrames {
    FrameMap map;
    std::uint64_t lists = 0;     ///< read and verified
    std::uint64_t repaired = 0;  ///< of these, found by scanning where the chain was broken
    std::uint64_t lost = 0;      ///< lists that are missing or damaged
};

/// Follows the chain of a ring; where it breaks, goes on with `scanned`.
[[nodiscard]] RingFrames read_frames(const MemorySource& source, const Anchor& anchor, const kstrax_cpu& cpu,
                                     const FrameLists& scanned);

}  // namespace kstrax
