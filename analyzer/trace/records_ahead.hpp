// SPDX-License-Identifier: GPL-2.0-or-later
// MergedRecords with a look ahead. The clocks of two CPUs may differ by more than the time between two
// records of one thread. Then these records are in the wrong order, and one is taken before its turn.
#pragma once

#include <deque>
#include <functional>

#include "analyzer/trace/merge.hpp"

namespace kstrax {

class RecordsAhead {
  public:
    /// `records` must outlive this, and be read through it alone.
    explicit RecordsAhead(MergedRecords& records) : records_(records) {}

    /// The next record of MergedRecords that was not taken.
    const Record* next();
    [[nodiscard]] Loss loss() const { return from_window_ ? current_.loss : records_.loss(); }
    void resume() { records_.resume(); }

    /// Whether `candidate` belongs before the record that was last returned. `after`: the next record
    /// of the same thread, as far as it is known; else null.
    using Fits = std::function<bool(const Record& candidate, const Record* after)>;
    /// Takes the thread's first record up to `until` that fits and may have been written earlier: it is
    /// on another CPU than `not_on`, and the first of the thread on its CPU. next() leaves it out.
    /// The record that next() returned last is no longer valid afterwards.
    std::optional<Record> take(Tid tid, CpuId not_on, Nanos until, const Fits& fits);

  private:
    struct Waiting {
        Record record;
        Loss loss;
        bool taken = false;
    };
    void fill(Nanos until);

    MergedRecords& records_;
    std::deque<Waiting> window_;  // ascending by time
    Waiting current_;
    bool from_window_ = false;
};

}  // namespace kstrax
