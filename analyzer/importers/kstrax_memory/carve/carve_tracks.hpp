// SPDX-License-Identifier: GPL-2.0-or-later
// From pages that follow one another to rings: chains of pages, chains with a gap
// between them, and how many slots a ring has where two of its laps show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/importers/kstrax_memory/carve/carve_link.hpp"
#include "analyzer/importers/kstrax_memory/carve/carved_ring.hpp"

namespace kstrax {

/// What is believed to be one CPU's ring.
struct CarvedTrack {
    std::uint8_t layout = 0;
    std::vector<CarvedPiece> pieces;  ///< ascending
    std::uint64_t head = 0;           ///< behind the newest entry
    std::uint64_t capacity = 0;       ///< 0: not known
    Nanos first_time = 0, last_time = 0;
    std::uint64_t entries = 0;
    std::uint64_t pages = 0;
    bool from_first = false;  ///< it begins with the first entry ever written
    bool closed = false;      ///< its newest and oldest entries meet in one page
    bool doubted = false;     ///< gaps in it could be closed in another way
    std::optional<KnownPage> known;
};

struct CarvedTracks {
    std::vector<CarvedTrack> tracks;  ///< the newest first
    std::uint64_t stray_pages = 0;    ///< that look like entries, but join no others
    std::uint64_t copied_pages = 0;   ///< that repeat what stands elsewhere
};

[[nodiscard]] CarvedTracks carve_tracks(const MemorySource& source, const std::vector<EntryRun>& runs,
                                        const RunLinks& links, const KnownPages& known);

}  // namespace kstrax
