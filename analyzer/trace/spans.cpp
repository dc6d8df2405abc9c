// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/spans.hpp"

#include <algorithm>
#include <iterator>

namespace kstrax {

namespace {

EventSpan span_of(const Record& record) {
    EventSpan span{.type = record.type, .tid = record.entry.pid, .cpu = record.cpu, .start = {}, .end = {}};
    std::copy(std::begin(record.entry.args), std::end(record.entry.args), std::begin(span.args));
    return span;
}

}  // namespace

void SpanTracker::feed(const Record& record) {
    if (record.entry.kind != kKindOther || record.type->role == EventRole::Continuation) return;
    const Nanos time = record.entry.time;
    if (record.type->role == EventRole::Instant) {
        EventSpan instant = span_of(record);
        instant.start = instant.end = time;
        sink_(instant);
        return;
    }
    const auto at = open_.try_emplace({record.entry.pid, record.type->family}).first;
    std::vector<EventSpan>& open = at->second;
    if (record.type->role == EventRole::Begin) {
        open.push_back(span_of(record));
        open.back().start = time;
        return;
    }
    EventSpan span = span_of(record);
    if (!open.empty()) {
        span = open.back();
        open.pop_back();
    }
    if (open.empty()) open_.erase(at);
    span.end = time;
    sink_(span);
}

void SpanTracker::finish() {
    for (const auto& [key, spans] : open_)
        for (const EventSpan& span : spans) sink_(span);
    open_.clear();
}

}  // namespace kstrax
