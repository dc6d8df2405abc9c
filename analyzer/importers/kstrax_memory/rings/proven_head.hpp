// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a ring's head, a word of memory, agrees with the serials in its slots.
#pragma once

#include <string>

#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"

namespace kstrax {

struct ProvenHead {
    std::uint64_t head = 0;  ///< that the slots allow: the one that was given, unless they prove another
    std::string doubt;       ///< a sentence, where it is another
};

/// Memory that is copied while a CPU records may have slots that are newer than the head beside them; and bits of the
/// head may have changed. Slots that go on behind the head are believed, and where none of the newest are what the head
/// says, all slots are asked. A slot or two in the normal case.
/// `head`: what memory says. `frames`: of the ring's pages.
[[nodiscard]] ProvenHead prove_head(const MemorySource& source, const RecordingFacts& facts, const Layout& layout,
                                    std::uint64_t head, const FrameMap& frames);

}  // namespace kstrax
