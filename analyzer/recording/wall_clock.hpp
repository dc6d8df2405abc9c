// SPDX-License-Identifier: GPL-2.0-or-later
// Recorded times as times of day: in UTC, or in the time zone of whoever reads (TZ).
#pragma once

#include <cstdint>
#include <limits>

#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// The environment's time zone. Not for two threads at once.
class LocalZone {
  public:
    /// Nanoseconds that the zone is ahead of UTC at that moment; 0 where nobody can say.
    [[nodiscard]] std::int64_t ahead_ns(std::int64_t wall_ns) const;

  private:
    mutable std::int64_t quarter_ = std::numeric_limits<std::int64_t>::min();  // that ahead_ is of
    mutable std::int64_t ahead_ = 0;
};

class WallClock {
  public:
    /// The recording must outlive it.
    WallClock(const Recording& recording, bool local) : recording_(&recording), local_(local) {}

    /// Nanoseconds since midnight. Of a recording whose clocks nothing joins, the monotonic
    /// clock is taken to have begun at midnight.
    [[nodiscard]] std::int64_t of_day(Nanos time) const;
    /// How far ahead of UTC the times are, at that moment.
    [[nodiscard]] std::int64_t ahead_ns(Nanos time) const {
        return local_ ? zone_.ahead_ns(recording_->wall_ns(time)) : 0;
    }
    [[nodiscard]] bool local() const { return local_; }

  private:
    const Recording* recording_;
    bool local_;
    LocalZone zone_;
};

}  // namespace kstrax
