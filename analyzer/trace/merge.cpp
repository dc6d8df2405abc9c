// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/merge.hpp"

#include <algorithm>

namespace kstrax {

namespace {

/// std's heaps keep the largest on top; ours is the earliest.
auto later(const auto& sources) {
    return [&sources](std::size_t a, std::size_t b) {
        const std::uint64_t time_a = sources[a].record.entry.time;
        const std::uint64_t time_b = sources[b].record.entry.time;
        return time_a != time_b ? time_a > time_b : a > b;
    };
}

}  // namespace

MergedRecords::MergedRecords(const Recording& recording, const CancelFlag* cancel) : cancel_(cancel) {
    sources_.reserve(recording.cpus.size());
    for (const CpuTrack& track : recording.cpus) {
        sources_.push_back({RecordReader(recording, track), {}});
        Source& source = sources_.back();
        if (advance(source)) heap_.push_back(sources_.size() - 1);
    }
    std::make_heap(heap_.begin(), heap_.end(), later(sources_));
}

bool MergedRecords::advance(Source& source) {
    const bool there = source.reader.next(source.record);
    count(there ? source.record.loss_before : source.reader.loss_at_end(), 1);
    return there;
}

void MergedRecords::count(Loss loss, std::size_t step) {
    if (loss.overwritten) overwritten_ += step;
    if (loss.damaged) damaged_ += step;
}

const Record* MergedRecords::next() {
    if (cancelled(cancel_)) return nullptr;
    if (top_taken_) {
        std::pop_heap(heap_.begin(), heap_.end(), later(sources_));
        Source& source = sources_[heap_.back()];
        count(source.record.loss_before, static_cast<std::size_t>(-1));
        if (advance(source)) std::push_heap(heap_.begin(), heap_.end(), later(sources_));
        else heap_.pop_back();
    }
    top_taken_ = !heap_.empty();
    return top_taken_ ? &sources_[heap_.front()].record : nullptr;
}

std::vector<CpuTrust> MergedRecords::trust() const {
    std::vector<CpuTrust> all;
    for (const Source& source : sources_) all.push_back(source.reader.trust());
    return all;
}

}  // namespace kstrax
