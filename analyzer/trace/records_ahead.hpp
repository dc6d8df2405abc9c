// SPDX-License-Identifier: GPL-2.0-or-later
// MergedRecords, of which records can be taken before their turn: the clocks of two CPUs may
// differ by more than lies between two records of one thread, which then stand in the wrong order.
#pragma once

#include <deque>
#include <functional>

#include "analyzer/trace/merge.hpp"

namespace kstrax {

class RecordsAhead {
  public:
    /// `records` must outlive this, and be read through it alone.
    explicit RecordsAhead(MergedRecords& records) : records_(records) {}

    /// As MergedRecords has them, without those that were taken.
    const Record* next();
    [[nodiscard]] Loss loss() const { return from_window_ ? current_.loss : records_.loss(); }
    void resume() { records_.resume(); }

    /// Does `candidate` come before the record that was last returned? `after`: what its thread
    /// does next as far as is known, else null.
    using Fits = std::function<bool(const Record& candidate, const Record* after)>;
    /// The thread's first record up to `until` that fits and may have been written before: on
    /// another CPU than `not_on`, and the first of the thread on its own. It does not come again.
    /// Looking ahead ends the life of what next() returned last.
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
