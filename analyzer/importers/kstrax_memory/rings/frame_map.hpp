// SPDX-License-Identifier: GPL-2.0-or-later
// The page frames of a ring, from the frame lists that the recorder left.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "analyzer/importers/kstrax_memory/rings/anchor.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"

namespace kstrax {

/// The frames of one ring, in the order of the ring. Some may be unknown.
class FrameMap {
  public:
    /// Appends frames for the ordinals from `first` on. Precondition: they are beyond all present ordinals.
    void append(std::uint64_t first, std::vector<std::uint64_t> frames);

    /// The frame number of the ring's ordinal-th page; none if its frame list is lost.
    [[nodiscard]] std::optional<std::uint64_t> frame(std::uint64_t ordinal) const;
    /// The first known ordinal at or after `ordinal`; none if there is none.
    [[nodiscard]] std::optional<std::uint64_t> next_known(std::uint64_t ordinal) const;
    /// Ordinals below `end` whose frames are not known.
    [[nodiscard]] std::uint64_t unknown_below(std::uint64_t end) const;

  private:
    struct Part {
        std::uint64_t first;
        std::vector<std::uint64_t> frames;
    };
    std::vector<Part> parts_;  // ascending; one part for each frame list
};

/// All frame lists in memory, by the ring and the index that each names. For broken chains.
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
    /// Whether there is a frame list of this CPU's ring.
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
    std::uint64_t repaired = 0;  ///< of these, found by a scan because the chain was broken
    std::uint64_t lost = 0;      ///< lists that are missing or damaged
    FrameMap doubted;            ///< what damaged lists name, as far as it is known where they lie
};

/// Of an anchor whose CRC is wrong: the recording's instance, and the size of the lists' headers, as the first list that
/// is whole has them. Lists have CRCs of their own.
void take_from_frame_lists(const MemorySource& source, Anchor& anchor);

/// Follows the chain of a ring. If the chain breaks, goes on with `scanned`.
[[nodiscard]] RingFrames read_frames(const MemorySource& source, const Anchor& anchor, const kstrax_cpu& cpu,
                                     const FrameLists& scanned);

}  // namespace kstrax
