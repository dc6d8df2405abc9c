// SPDX-License-Identifier: GPL-2.0-or-later
// All CPUs' records as one stream in the order of their times. Records of one
// CPU keep their order; equal times go by CPU number.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/base/cancel.hpp"
#include "analyzer/trace/record_reader.hpp"
#include "analyzer/trace/thread_abis.hpp"

namespace kstrax {

class MergedRecords {
  public:
    /// Reads from the beginning. The recording must outlive this. Once `cancel`
    /// is set, the stream ends.
    explicit MergedRecords(const Recording& recording, const CancelFlag* cancel = nullptr);

    /// The next record, valid until the following call; null at the end.
    const Record* next();

    /// next() has answered null, and the rings have been extended since: it goes on behind the last record.
    void resume();

    /// What may be missing from the stream just before the record last returned:
    /// on its own CPU or on one whose next record, still to come, lies behind a gap. Once next() has
    /// answered null: behind the last record.
    [[nodiscard]] Loss loss() const {
        return {overwritten_ > 0, damaged_ > 0, missing_ > 0, heap_.size() < sources_with_records_};
    }

    /// Per CPU, also of those that are missing; complete once next() has answered null.
    [[nodiscard]] std::vector<CpuTrust> trust() const;

  private:
    struct Source {
        RecordReader reader;
        Record record;
    };
    /// A source that has a record, by that record's time.
    struct Next {
        Nanos time;
        std::size_t source;
        bool operator<(const Next& other) const {
            return time != other.time ? time < other.time : source < other.source;
        }
    };
    bool advance(Source& source);
    void settle_top();
    void count(Loss loss, std::size_t step);

    const CancelFlag* cancel_;
    std::vector<Source> sources_;
    std::vector<Next> heap_;  // the earliest on top
    std::size_t sources_with_records_ = 0;
    bool top_taken_ = false;
    std::size_t overwritten_ = 0;  // sources that stand behind a gap of this sort
    std::size_t damaged_ = 0;
    std::size_t missing_ = 0;
    std::vector<CpuId> missing_cpus_;
    std::optional<ThreadAbis> abis_;  // where records do not tell them
};

}  // namespace kstrax
