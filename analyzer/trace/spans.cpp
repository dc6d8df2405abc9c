// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/spans.hpp"

#include <algorithm>
#include <iterator>

namespace kstrax {

namespace {

constexpr std::size_t kMostOpen = 512;  // of a thread; the kernel follows no more than 50 functions of one

EventSpan span_of(const Record& record, std::size_t depth) {
    EventSpan span{.type = record.type,
                   .tid = record.entry.pid,
                   .cpu = record.cpu,
                   .start = {},
                   .end = {},
                   .depth = static_cast<std::uint32_t>(depth),
                   .measured = {}};
    std::copy(std::begin(record.entry.args), std::end(record.entry.args), std::begin(span.args));
    return span;
}

std::optional<std::uint64_t> value_at(const std::uint64_t* args, std::int8_t place) {
    return place >= 0 ? std::optional(args[place]) : std::nullopt;
}

/// What the record of its end says.
std::optional<Nanos> measured_by(const Record& end) {
    const auto from = value_at(end.entry.args, end.type->from);
    const auto to = value_at(end.entry.args, end.type->to);
    return from && to && *from != 0 && *from <= *to ? std::optional(*to - *from) : std::nullopt;
}

bool same_sort(const EventSpan& span, const EventType& type) {
    return span.type->family == type.family && span.type->span == type.span;
}

}  // namespace

void SpanTracker::feed(const Record& record) {
    if (record.entry.kind != kKindOther || record.type->role == EventRole::Continuation) return;
    Spans& open = open_[key_of(record.entry.pid, record.cpu)];
    if (record.type->role == EventRole::Begin) return begin(record, open);
    if (record.type->role == EventRole::End) return end(record, open);
    EventSpan instant = span_of(record, open.size());
    instant.start = instant.end = record.entry.time;
    sink_(instant, SpanStep::Instant);
}

/// One that is within fewer of its sort than are open: the ends of the others are lost.
void SpanTracker::begin(const Record& record, Spans& open) {
    if (const auto level = value_at(record.entry.args, record.type->level)) {
        const auto stale = std::ranges::find_if(open, [&](const EventSpan& span) {
            return same_sort(span, *record.type) && value_at(span.args, span.type->level) >= level;
        });
        give_up(open, static_cast<std::size_t>(stale - open.begin()));
    }
    if (open.size() == kMostOpen) give_up(open, 0);
    open.push_back(span_of(record, open.size()));
    open.back().start = record.entry.time;
    sink_(open.back(), SpanStep::Begin);
}

void SpanTracker::end(const Record& record, Spans& open) {
    const auto key = value_at(record.entry.args, record.type->key);
    const auto found = std::find_if(open.rbegin(), open.rend(), [&](const EventSpan& span) {
        return same_sort(span, *record.type) && value_at(span.args, span.type->key) == key;
    });
    if (found == open.rend()) {
        EventSpan span = span_of(record, open.size());
        span.end = record.entry.time;
        span.measured = measured_by(record);
        return sink_(span, SpanStep::End);
    }
    give_up(open, static_cast<std::size_t>(open.rend() - found));
    EventSpan span = open.back();
    open.pop_back();
    span.end = record.entry.time;
    span.measured = measured_by(record);
    if (!open.empty()) open.back().inner += span.taken().value_or(0);
    sink_(span, SpanStep::End);
}

void SpanTracker::give_up(Spans& open, std::size_t from) {
    while (open.size() > from) {
        sink_(open.back(), SpanStep::EndLost);
        open.pop_back();
    }
}

std::uint32_t SpanTracker::depth_of(Tid tid, CpuId cpu) const {
    const auto open = open_.find(key_of(tid, cpu));
    return open == open_.end() ? 0 : static_cast<std::uint32_t>(open->second.size());
}

void SpanTracker::finish() {
    for (const auto& [key, spans] : open_)
        for (const EventSpan& span : spans) sink_(span, SpanStep::Open);
    open_.clear();
}

}  // namespace kstrax
