// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/merge.hpp"

#include <algorithm>

namespace kstrax {

MergedRecords::MergedRecords(const Recording& recording, const CancelFlag* cancel)
    : cancel_(cancel), missing_cpus_(recording.missing) {
    if (recording.abi_untold) abis_.emplace(recording.facts.audit_arch);
    count({.damaged = true, .missing = true}, missing_cpus_.size());  // from the first record to the last
    sources_.reserve(recording.cpus.size());
    for (const CpuTrack& track : recording.cpus) {
        sources_.push_back({RecordReader(recording, track), {}});
        Source& source = sources_.back();
        if (advance(source)) heap_.push_back({source.record.entry.time, sources_.size() - 1});
    }
    std::sort(heap_.begin(), heap_.end());
    sources_with_records_ = heap_.size();
}

namespace {

bool is_some(Loss loss) { return loss.overwritten || loss.damaged || loss.missing; }

}  // namespace

bool MergedRecords::advance(Source& source) {
    const bool there = source.reader.next(source.record);
    const Loss loss = there ? source.record.loss_before : source.reader.loss_at_end();
    if (is_some(loss)) count(loss, 1);
    return there;
}

void MergedRecords::count(Loss loss, std::size_t step) {
    if (loss.overwritten) overwritten_ += step;
    if (loss.damaged) damaged_ += step;
    if (loss.missing) missing_ += step;
}

/// Moves the top of the heap down to its place. A CPU's records come in bursts, so the top mostly stays where
/// it is. (std::pop_heap and std::push_heap would do their full work for each record.)
void MergedRecords::settle_top() {
    for (std::size_t at = 0;;) {
        std::size_t least = 2 * at + 1;
        if (least >= heap_.size()) return;
        if (least + 1 < heap_.size() && heap_[least + 1] < heap_[least]) ++least;
        if (!(heap_[least] < heap_[at])) return;
        std::swap(heap_[at], heap_[least]);
        at = least;
    }
}

const Record* MergedRecords::next() {
    if (cancelled(cancel_)) return nullptr;
    if (top_taken_) {
        Source& source = sources_[heap_.front().source];
        if (is_some(source.record.loss_before)) count(source.record.loss_before, static_cast<std::size_t>(-1));
        if (advance(source)) {
            heap_.front().time = source.record.entry.time;
        } else {
            heap_.front() = heap_.back();
            heap_.pop_back();
        }
        settle_top();
    }
    top_taken_ = !heap_.empty();
    if (!top_taken_) return nullptr;
    Record& record = sources_[heap_.front().source].record;
    if (abis_) abis_->settle(record);
    return &record;
}

void MergedRecords::resume() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        Source& source = sources_[i];
        count(source.reader.loss_at_end(), static_cast<std::size_t>(-1));
        if (advance(source)) heap_.push_back({source.record.entry.time, i});
    }
    std::sort(heap_.begin(), heap_.end());
}

std::vector<CpuTrust> MergedRecords::trust() const {
    std::vector<CpuTrust> all;
    for (const Source& source : sources_) all.push_back(source.reader.trust());
    add_missing(all, missing_cpus_);
    return all;
}

}  // namespace kstrax
