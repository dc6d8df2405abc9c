// SPDX-License-Identifier: GPL-2.0-or-later
// When the wall clock was set while the recording went on: its offset to the
// monotonic clock, by which records have their times, at each of those.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "analyzer/base/types.hpp"

namespace kstrax {

struct ClockStep {
    Nanos from = 0;              ///< by the monotonic clock
    std::int64_t offset_ns = 0;  ///< from then on wall time = time + offset
    std::uint64_t number = 0;    ///< from 0, among all that there were
};

/// So many the recorder keeps.
inline constexpr std::size_t kMostClockSteps = 64;

class ClockSteps {
  public:
    ClockSteps() = default;
    /// `watched`: each step was noted. `count`: how many there were; those that are not added are missing.
    /// `end_offset_ns`: the wall clock's lead at the end; 0: not known.
    ClockSteps(bool watched, std::uint64_t count, std::int64_t end_offset_ns)
        : watched_(watched), count_(count), end_offset_ns_(end_offset_ns), missing_before_(count) {}
    /// Precondition: its number is above that of the one before, and below count(). One that leads back in time is
    /// nonsense, and stays missing.
    void add(ClockStep step);

    /// Ascending by time.
    [[nodiscard]] std::span<const ClockStep> steps() const { return steps_; }
    /// The last step that was made at or before this time; none before the first.
    [[nodiscard]] const ClockStep* at(Nanos time) const {
        return steps_.empty() || time < steps_.front().from ? nullptr : find(time);
    }
    /// When the next one follows.
    [[nodiscard]] Nanos next(Nanos time) const;

    /// Each step was noted by the recorder; if not, nothing is known of them.
    [[nodiscard]] bool watched() const { return watched_; }
    /// Steps that newer ones have replaced: they lie before all that are known.
    [[nodiscard]] std::uint64_t missing_before() const { return missing_before_; }
    /// Steps behind the first known one whose rows are unfinished or damaged.
    [[nodiscard]] std::uint64_t missing_later() const { return missing_later_; }
    /// All that there were, known or not.
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::int64_t end_offset_ns() const { return end_offset_ns_; }

  private:
    [[nodiscard]] const ClockStep* find(Nanos time) const;

    bool watched_ = false;
    std::uint64_t count_ = 0;
    std::int64_t end_offset_ns_ = 0;
    std::vector<ClockStep> steps_;
    std::uint64_t missing_before_ = 0;
    std::uint64_t missing_later_ = 0;
};

struct Recording;
/// Says in the recording's damage where its wall times may be wrong, and by how much where that is known.
void add_clock_damage(Recording& recording);

}  // namespace kstrax
