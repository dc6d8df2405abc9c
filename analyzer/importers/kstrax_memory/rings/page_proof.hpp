// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the records in a page are those of a certain place in a ring.
#pragma once

#include "analyzer/importers/kstrax_memory/rings/frame_map.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

class PageProof {
  public:
    /// `head`: of the ring, nearly: what serials leave out is taken from it. All must outlive this.
    PageProof(const MemorySource& source, const RecordingFacts& facts, const Layout& layout, std::uint64_t head);

    /// Most slots that lie in the page hold records of their place. A page to which nothing was written has no proof,
    /// and needs none.
    [[nodiscard]] bool holds(std::uint64_t frame, std::uint64_t ordinal) const;

    /// Pages of the ring, and of these, the first that records were written to, up to `head`.
    [[nodiscard]] std::uint64_t pages() const { return pages_up_to(facts_.entries_per_cpu); }
    [[nodiscard]] std::uint64_t pages_up_to(std::uint64_t head) const;

  private:
    [[nodiscard]] bool is_of(std::uint32_t serial, std::uint64_t slot) const;

    const MemorySource& source_;
    const RecordingFacts& facts_;
    const Layout& layout_;
    std::uint64_t head_;
    std::uint64_t page_size_;
};

/// `map`, and where it knows no frame, those of `others` that have proof. Adds to `added` how many.
[[nodiscard]] FrameMap with_proven(const FrameMap& map, const FrameMap& others, const PageProof& proof,
                                   std::uint64_t& added);

}  // namespace kstrax
