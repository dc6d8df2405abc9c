// SPDX-License-Identifier: GPL-2.0-or-later
// Counts and times per system call.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/trace/pair.hpp"

namespace kstrax {

struct CallStatistics {
    std::uint16_t abi = 0;
    std::uint16_t nr = 0;
    std::uint64_t calls = 0;      ///< complete or not; returns in a new child are no calls
    std::uint64_t completed = 0;  ///< those that the times are of
    Nanos total = 0;
    Nanos longest = 0;
    Nanos shortest = 0;
    std::uint64_t errors = 0;
    std::uint64_t no_entry = 0;  ///< exits whose entry is not recorded
    std::uint64_t no_exit = 0;   ///< entries whose exit is not recorded: lost, in flight, never returning
    std::uint64_t uncertain = 0;  ///< entry and exit that may be of two calls

    [[nodiscard]] Nanos average() const { return completed == 0 ? 0 : total / completed; }
};

class Statistics {
  public:
    Statistics(const CallNames& names, std::uint8_t word_size);

    void add(const Call& call);
    /// Calls that occurred, by ABI and number.
    [[nodiscard]] std::vector<CallStatistics> rows() const;

  private:
    const CallNames& names_;
    std::uint8_t word_size_;
    std::vector<CallStatistics> by_call_;  // ABI × number, the last row for ABIs that do not exist
};

}  // namespace kstrax
