// SPDX-License-Identifier: GPL-2.0-or-later
// Entries in a page that nothing says to be a ring's: slots at a stride, serials
// that count, fields that make sense.
//
// Slots do not divide a page, so a page begins in the middle of one. Where its first
// whole slot lies (its phase) and which serial that has tell together which page of
// a ring it is: see next_place.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/types.hpp"
#include "formats/layout.hpp"

namespace kstrax {

/// What is looked at by itself. It divides every page size.
inline constexpr std::uint32_t kCarvePage = kSmallestPage;

/// A clock read without a lock may step back by this much when it is adjusted.
inline constexpr Nanos kClockSlack = 20'000;

/// Slots of one page that were written in one lap of its ring.
struct EntryRun {
    PhysAddr page;
    Nanos first_time = 0, last_time = 0;  ///< of its first and last whole entries
    std::uint32_t page_serial = 0;        ///< that the page's first whole slot has, or had, in this lap
    std::uint16_t phase = 0;              ///< offset of the page's first whole slot
    std::uint8_t layout = 0;              ///< index in layouts()
    std::uint8_t first = 0, last = 0;     ///< slots of the page
    bool front = false, back = false;     ///< no slots of another lap before it, behind it

    [[nodiscard]] std::uint32_t first_serial() const { return page_serial + first; }
    [[nodiscard]] std::uint32_t last_serial() const { return page_serial + last; }
};

[[nodiscard]] inline const Layout& layout_of(const EntryRun& run) { return layouts()[run.layout]; }

/// What a page holds that goes on where another ends.
struct PagePlace {
    std::uint8_t layout = 0;
    std::uint16_t phase = 0;
    std::uint32_t serial = 0;  ///< of its first whole slot
    auto operator<=>(const PagePlace&) const = default;
};

[[nodiscard]] inline PagePlace place_of(const EntryRun& run) { return {run.layout, run.phase, run.page_serial}; }

/// The page behind this one in the ring, if the ring goes on.
[[nodiscard]] PagePlace next_place(const EntryRun& run);

/// Whole slots of a page.
[[nodiscard]] std::uint32_t slots_of_page(const Layout& layout, std::uint16_t phase);
/// Bytes at the page's end that begin a slot of which the rest lies in the next page.
[[nodiscard]] std::uint32_t tail_of_page(const Layout& layout, std::uint16_t phase);

/// The fields are such as the recorder writes; whatever the serial.
[[nodiscard]] bool plausible(const Layout& layout, const Entry& entry);

/// Appends the runs of a page, if at least three successive entries show that it is a
/// ring's. Precondition: kCarvePage bytes.
void find_runs(PhysAddr at, Bytes page, std::vector<EntryRun>& runs);

/// Appends the run that `place` has in a page, be it a single slot.
void find_run_at(PhysAddr at, Bytes page, PagePlace place, std::vector<EntryRun>& runs);

}  // namespace kstrax
