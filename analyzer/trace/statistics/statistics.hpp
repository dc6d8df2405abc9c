// SPDX-License-Identifier: GPL-2.0-or-later
// Counts and times per system call, or per thread, error or CPU.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/statistics/sketch.hpp"

namespace kstrax {

/// What calls are counted together.
enum class Grouping : std::uint8_t { Call, Pid, Error, Cpu, Event, Span };
/// It counts records of a trace, not calls.
[[nodiscard]] constexpr bool counts_events(Grouping grouping) { return grouping >= Grouping::Event; }

/// In place of an error's number: it has not returned. 0 is success.
inline constexpr std::uint64_t kNotReturned = ~std::uint64_t{0};

struct CallStatistics {
    std::uint16_t abi = 0;  ///< of Grouping::Call
    std::uint16_t nr = 0;
    std::uint64_t key = 0;        ///< of the others: thread, error, CPU
    std::uint64_t calls = 0;      ///< complete or not; returns in a new child are no calls
    std::uint64_t completed = 0;  ///< calls that the times are of
    Nanos total = 0;
    Nanos longest = 0;
    Nanos shortest = 0;
    std::uint64_t errors = 0;
    std::uint64_t no_entry = 0;   ///< exits whose entry is not recorded
    std::uint64_t no_exit = 0;    ///< entries whose exit is not recorded: lost, in flight, never returning
    std::uint64_t uncertain = 0;  ///< entry and exit that may be of two calls
    Nanos in_flight = 0;          ///< how long calls have taken that are in flight at the end
    Sketch durations;             ///< of the completed, where asked for

    [[nodiscard]] Nanos average() const { return completed == 0 ? 0 : total / completed; }
    /// The calls of another row as well.
    void add(const CallStatistics& other);
};

class Statistics {
  public:
    /// `sketches`: keep what percentiles and histograms are made from.
    Statistics(const CallNames& names, std::uint8_t word_size, Grouping grouping = Grouping::Call,
               bool sketches = false);

    /// `now`: what the time of calls in flight is measured to.
    void add(const Call& call, Nanos now = 0);
    /// What occurred, by ABI and number, or by key.
    [[nodiscard]] std::vector<CallStatistics> rows() const;

  private:
    [[nodiscard]] CallStatistics& row_of(const Call& call, std::uint64_t error);

    const CallNames& names_;
    std::uint8_t word_size_;
    Grouping grouping_;
    bool sketches_;
    std::map<std::uint64_t, CallStatistics> by_key_;
    std::vector<CallStatistics> by_call_;  // ABI × number, the last row for ABIs that do not exist
};

}  // namespace kstrax
