// SPDX-License-Identifier: GPL-2.0-or-later
// When the wall clock was set while the recording went on: its offset to the
// monotonic clock, by which records have their times, at each of those.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "analyzer/base/types.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

struct ClockStep {
    Nanos from = 0;              ///< by the monotonic clock
    std::int64_t offset_ns = 0;  ///< from then on wall time = time + offset
};

class ClockSteps {
  public:
    ClockSteps() = default;
    /// As the recorder left it; what makes no sense in it counts as missing.
    explicit ClockSteps(const kstrax_clock& block);

    /// Ascending by time.
    [[nodiscard]] std::span<const ClockStep> steps() const { return steps_; }
    /// The last step that was made at or before this time; none before the first.
    [[nodiscard]] const ClockStep* at(Nanos time) const {
        return steps_.empty() || time < steps_.front().from ? nullptr : find(time);
    }
    /// When the next one follows.
    [[nodiscard]] Nanos next(Nanos time) const;

    /// Each step was noted by the recorder; if not, nothing is known of them.
    [[nodiscard]] bool watched() const { return (block_.flags & KSTRAX_CLOCK_WATCHED) != 0; }
    /// Steps that newer ones have replaced: they lie before all that are known.
    [[nodiscard]] std::uint64_t missing_before() const { return missing_before_; }
    /// Steps behind the first known one whose rows are unfinished or damaged.
    [[nodiscard]] std::uint64_t missing_later() const { return missing_later_; }
    [[nodiscard]] const kstrax_clock& block() const { return block_; }

  private:
    [[nodiscard]] const ClockStep* find(Nanos time) const;

    kstrax_clock block_{};
    std::vector<ClockStep> steps_;
    std::uint64_t missing_before_ = 0;
    std::uint64_t missing_later_ = 0;
};

struct Recording;
/// Says in the recording's damage where its wall times may be wrong, and by how much where that is known.
void add_clock_damage(Recording& recording);

}  // namespace kstrax
