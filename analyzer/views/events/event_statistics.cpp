// SPDX-License-Identifier: GPL-2.0-or-later
// One line for each kind of event: how often, and when. One for each function, interrupt or work of the kernel: how often, how
// long, how long without what it called.
#include <algorithm>
#include <map>

#include "analyzer/sinks/line_column.hpp"
#include "analyzer/views/events/each_record.hpp"
#include "analyzer/views/events/event_names.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

namespace {

struct EventRow {
    const ReportContext& context;
    std::string_view system, name;
    std::uint64_t count = 0;
    Nanos first = 0, last = 0;
};

constexpr std::array kEventLine{
    LineColumn<EventRow>{{"events", [](const EventRow& r) -> Value { return r.count; }},
                         {.heading = "events", .width = 9, .before = ""}},
    LineColumn<EventRow>{{"first_ns", [](const EventRow& r) -> Value { return r.first; }},
                         {.heading = "first",
                          .width = kTimeWidth,
                          .side = Side::Left,
                          .before = "  ",
                          .append = [](TextBuffer& out, const EventRow& r) { r.context.clock.append(out, r.first); }}},
    LineColumn<EventRow>{{"last_ns", [](const EventRow& r) -> Value { return r.last; }},
                         {.heading = "last",
                          .width = kTimeWidth,
                          .side = Side::Left,
                          .before = "  ",
                          .append = [](TextBuffer& out, const EventRow& r) { r.context.clock.append(out, r.last); }}},
    LineColumn<EventRow>{{"system", [](const EventRow& r) -> Value { return Name{r.system}; }}},
    LineColumn<EventRow>{{"event", [](const EventRow& r) -> Value { return Name{r.name}; }},
                         {.heading = "event",
                          .before = "  ",
                          .append =
                              [](TextBuffer& out, const EventRow& r) {
                                  append(out, r.system);
                                  append(out, ": ");
                                  append(out, r.name);
                              }}},
};
constexpr auto kEventColumns = columns_of(kEventLine);
constexpr RowForm<EventRow> kEventForm{
    kEventColumns, "", [](TextBuffer& out, const EventRow& row) { append_cells<EventRow>(out, kEventLine, row); }};

struct SpanTimes {
    std::uint64_t count = 0;
    std::uint64_t without_time = 0;  ///< begin or end not recorded
    Nanos total = 0, inner = 0, longest = 0, shortest = ~Nanos{0};

    void add(const EventSpan& span) {
        ++count;
        const auto taken = span.taken();
        if (!taken) {
            ++without_time;
            return;
        }
        total += *taken;
        inner += std::min(*taken, span.inner);
        longest = std::max(longest, *taken);
        shortest = std::min(shortest, *taken);
    }
    [[nodiscard]] std::uint64_t measured() const { return count - without_time; }
};

struct SpanRow {
    std::string_view name;
    const SpanTimes* times;
};

Value time_of(const SpanRow& r, Nanos time) { return r.times->measured() > 0 ? Value(time) : Value(Absent{}); }

constexpr Cell<SpanRow> time_cell(std::string_view heading) {
    return {.heading = heading, .width = 9, .unit = Unit::Fitting};
}
constexpr std::array kSpanLine{
    LineColumn<SpanRow>{{"count", [](const SpanRow& r) -> Value { return r.times->count; }},
                        {.heading = "count", .width = 9, .before = ""}},
    LineColumn<SpanRow>{{"total_ns", [](const SpanRow& r) { return time_of(r, r.times->total); }}, time_cell("total")},
    LineColumn<SpanRow>{{"self_ns", [](const SpanRow& r) { return time_of(r, r.times->total - r.times->inner); }},
                        time_cell("self")},
    LineColumn<SpanRow>{
        {"avg_ns",
         [](const SpanRow& r) { return time_of(r, r.times->total / std::max<std::uint64_t>(r.times->measured(), 1)); }},
        time_cell("avg")},
    LineColumn<SpanRow>{{"max_ns", [](const SpanRow& r) { return time_of(r, r.times->longest); }}, time_cell("max")},
    LineColumn<SpanRow>{{"min_ns", [](const SpanRow& r) { return time_of(r, r.times->shortest); }}, time_cell("min")},
    LineColumn<SpanRow>{{"without_time", [](const SpanRow& r) -> Value { return r.times->without_time; }},
                        {.heading = "no_time", .width = 8}},
    LineColumn<SpanRow>{{"name", [](const SpanRow& r) -> Value { return Name{r.name}; }},
                        {.heading = "name", .before = "  "}},
};
constexpr auto kSpanColumns = columns_of(kSpanLine);
constexpr RowForm<SpanRow> kSpanForm{
    kSpanColumns, "", [](TextBuffer& out, const SpanRow& row) { append_cells<SpanRow>(out, kSpanLine, row); }};

}  // namespace

ReportBody event_statistics(ReportContext& context, SinkOutput& output) {
    std::map<const EventType*, EventRow> counted;
    ReportBody body;
    body.trust = each_record(context, [&](const Record& record) {
        const EventType& type = type_of(record);
        const Nanos time = record.entry.time;
        EventRow& row =
            counted.try_emplace(&type, EventRow{context, type.family, type.name, 0, time, time}).first->second;
        ++row.count;
        row.last = std::max(row.last, time);
    });
    std::vector<const EventRow*> rows;
    rows.reserve(counted.size());
    for (const auto& [type, row] : counted) rows.push_back(&row);
    std::ranges::sort(rows, [](const EventRow* a, const EventRow* b) {
        return a->count != b->count ? a->count > b->count
                                    : std::pair(a->system, a->name) < std::pair(b->system, b->name);
    });
    RowWriter<EventRow> writer(kEventForm, output, heading_of<EventRow>(kEventLine, context.clock.width()));
    for (const EventRow* row : rows) writer.put(*row);
    body.rows = rows.size();
    return body;
}

ReportBody span_statistics(ReportContext& context, SinkOutput& output) {
    std::map<std::string, SpanTimes> counted;
    SpanTracker tracker([&](const EventSpan& span, SpanStep step) {
        if (step == SpanStep::Begin || step == SpanStep::Instant) return;
        counted[is_function(span) ? function_name(context.recording, span) : std::string(span.type->span)].add(span);
    });
    ReportBody body;
    body.trust = each_record(context, [&](const Record& record) { tracker.feed(record); });
    if (!cancelled(context.cancel)) tracker.finish();
    std::vector<SpanRow> rows;
    rows.reserve(counted.size());
    for (const auto& [name, times] : counted) rows.push_back({name, &times});
    std::ranges::stable_sort(rows, [](const SpanRow& a, const SpanRow& b) { return a.times->total > b.times->total; });
    RowWriter<SpanRow> writer(kSpanForm, output, heading_of<SpanRow>(kSpanLine));
    for (const SpanRow& row : rows) writer.put(row);
    body.rows = rows.size();
    return body;
}

}  // namespace kstrax
