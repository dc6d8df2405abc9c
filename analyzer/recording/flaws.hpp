// SPDX-License-Identifier: GPL-2.0-or-later
// What a slot with the right serial may say that no recorder writes: then bits of it have changed since.
// Source: module/record.c, and include/linux/threads.h of Linux for the ids of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "analyzer/recording/recording.hpp"

namespace kstrax {

enum class Flaw : std::uint8_t {
    None,
    Kind,    ///< neither entry, exit nor file name
    Abi,     ///< none that the layout's machine has
    Thread,  ///< an id that the kernel gives no thread or process
    Result,  ///< an exit with more than the word that it returns
    Name,    ///< a file name with no call before it
    Time,    ///< not between the times beside it, or outside of the recording's: see RecordTimes
};
inline constexpr std::size_t kFlaws = 7;
/// Slots, by flaw.
using FlawCounts = std::array<std::uint64_t, kFlaws>;

/// "1 of no kind of record, 2 whose time does not fit"; empty: there are none.
[[nodiscard]] std::string describe_flaws(const FlawCounts& counts);

/// The flaw of a slot by itself; Name and Time are none of these.
class SlotRules {
  public:
    explicit SlotRules(const Recording& recording);

    [[nodiscard]] Flaw operator()(const Entry& entry) const {
        if (entry.kind < kKindEntry || entry.kind > kKindPath) return Flaw::Kind;
        if (!own_) return Flaw::None;
        if (entry.abi > most_abi_) return Flaw::Abi;
        if (entry.pid - 1 >= most_threads_ || entry.tgid > most_threads_) return Flaw::Thread;
        if (entry.kind == kKindExit) {
            std::uint64_t further = 0;
            for (std::size_t i = 1; i < arg_count_; ++i) further |= entry.args[i];
            if (further != 0) return Flaw::Result;
        }
        return Flaw::None;
    }

    [[nodiscard]] bool own() const { return own_; }

  private:
    bool own_;  // rings of our recorder, whose every field is known
    std::uint16_t most_abi_;
    std::uint32_t most_threads_;
    std::size_t arg_count_;
};

/// Whether times fit: on a CPU they run forward, from the recording's begin to its end.
class RecordTimes {
  public:
    explicit RecordTimes(const Recording& recording);

    /// The common case: it fits for sure, between those that fitted before it and the next. `next`: its own, where none
    /// follows.
    [[nodiscard]] bool fits(Nanos time, Nanos next) {
        if (time < first_ || time > last_ || well_before(time, newest_) || well_before(next, time)) return false;
        if (time > newest_ && time - newest_ > kLeap && newest_ != 0) return false;
        newest_ = std::max(time, newest_);
        misfits_ = 0;
        return true;
    }
    /// The others. `following`: times of records behind it, the next first, as many as are at hand; may be none.
    [[nodiscard]] bool fit(Nanos time, std::span<const Nanos> following);

  private:
    /// A CPU's fast clock may step back where the kernel renews it: by less than this, which orders no calls.
    static constexpr Nanos kTolerance = 1'000'000;
    /// After so long, several that follow are asked whether it is they that go on from here, and not from before.
    static constexpr Nanos kLeap = 1'000'000'000;
    [[nodiscard]] static bool well_before(Nanos one, Nanos other) { return one < other && other - one > kTolerance; }

    [[nodiscard]] bool is_ahead(Nanos time, std::span<const Nanos> following) const;

    Nanos newest_ = 0;  // of those that fitted
    Nanos last_misfit_ = 0;
    unsigned misfits_ = 0;  // in a row, that run forward among themselves
    Nanos first_ = 0, last_ = ~Nanos{0};
};

}  // namespace kstrax
