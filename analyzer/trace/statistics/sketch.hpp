// SPDX-License-Identifier: GPL-2.0-or-later
// Durations by their size, in memory that their number does not change: what
// percentiles and histograms are read from.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/base/types.hpp"

namespace kstrax {

/// Log-linear buckets, as of HdrHistogram: each power of two is cut into 64 equal parts, so that
/// a bucket's middle is at most 1/128 (0.8 %) of a value away from it; values below 64 are exact.
/// A power takes 512 bytes once it has a value, all of them 30 KB.
class Sketch {
  public:
    void add(Nanos value);
    void add(const Sketch& other);
    [[nodiscard]] std::uint64_t count() const { return count_; }

    /// The middle of the bucket that holds the smallest value with `share` of all values not above
    /// it (nearest rank). 0 < share <= 1; 0 where there are no values.
    [[nodiscard]] Nanos quantile(double share) const;

    /// How many values are of [2^n, 2^(n+1)); those of n = 0 are 0 and 1.
    [[nodiscard]] std::uint64_t of_power_of_two(unsigned n) const;

  private:
    std::vector<std::vector<std::uint64_t>> powers_;
    std::uint64_t count_ = 0;
};

}  // namespace kstrax
