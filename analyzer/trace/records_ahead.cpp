// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/records_ahead.hpp"

#include <algorithm>

namespace kstrax {

namespace {

/// Bounds memory and time where records come faster than any machine writes them.
constexpr std::size_t kMostWaiting = 4096;

bool is_call(const Record& record) { return record.entry.kind == kKindEntry || record.entry.kind == kKindExit; }

}  // namespace

const Record* RecordsAhead::next() {
    while (!window_.empty()) {
        current_ = std::move(window_.front());
        window_.pop_front();
        from_window_ = true;
        if (!current_.taken) return &current_.record;
    }
    from_window_ = false;
    return records_.next();
}

/// Until a record behind `until` waits, or there is none.
void RecordsAhead::fill(Nanos until) {
    while (window_.size() < kMostWaiting && (window_.empty() || window_.back().record.entry.time <= until)) {
        const Record* record = records_.next();
        if (record == nullptr) return;
        window_.push_back({*record, records_.loss()});
    }
}

std::optional<Record> RecordsAhead::take(Tid tid, CpuId not_on, Nanos until, const Fits& fits) {
    if (!from_window_) {  // what it was told of is lost when the stream goes on
        current_.loss = records_.loss();
        from_window_ = true;
    }
    fill(until);
    std::vector<Waiting*> own;
    for (Waiting& one : window_)
        if (!one.taken && one.record.entry.pid == tid && is_call(one.record)) own.push_back(&one);
    std::vector<CpuId> seen{not_on};
    for (std::size_t i = 0; i < own.size() && own[i]->record.entry.time <= until; ++i) {
        const Record& record = own[i]->record;
        if (std::ranges::find(seen, record.cpu) == seen.end() &&
            fits(record, i + 1 < own.size() ? &own[i + 1]->record : nullptr)) {
            own[i]->taken = true;
            return record;
        }
        seen.push_back(record.cpu);
    }
    return std::nullopt;
}

}  // namespace kstrax
