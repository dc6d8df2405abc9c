// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/figures.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/base/lists.hpp"
#include "analyzer/fields/all_fields.hpp"
#include "analyzer/fields/call_text.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "analyzer/views/views.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

/// Of the numbers that stand for none, each is told from the others.
std::string name_of(const ReportContext& context, const CallStatistics& row) {
    TextBuffer name;
    append_call_name(name, context, row.abi, row.nr);
    if (row.nr == kNrNone) append(name, " (none)");
    if (row.nr == kNrTooBig) append(name, " (too big)");
    return {name.data(), name.size()};
}

std::string title_of(const GraphMode& mode, std::size_t shown, std::size_t kinds) {
    std::string title;
    if (mode.top) title = fmt::format("The {} {} of {} system calls", shown, describe(*mode.top).superlative, kinds);
    else title = mode.is_time_line() ? "Every call" : fmt::format("All {} system calls", kinds);
    if (mode.is_time_line())
        return title +
               (mode.top ? ": when they were issued, how long they took" : ": when it was issued, how long it took");
    return title + ": " +
           list_of(
               mode.measures, [](Measure one) { return describe(one).title; }, ", ", " and ");
}

/// "2026-11-22 06:32:15.123 to 06:32:17.456 UTC"
void append_extent(TextBuffer& text, const ReportContext& context, const Extent& extent) {
    constexpr std::size_t kToMillisecond = 12;
    TextBuffer first;
    context.clock.append(first, extent.from);
    context.clock.append_date(text, extent.from);
    append(text, std::string_view(first.data(), kToMillisecond).substr(8));
    append(text, " to ");
    TextBuffer last;
    context.clock.append(last, std::min(extent.until, std::max(extent.end, extent.last)));
    append(text, {last.data(), kToMillisecond});
    append(text, " " + context.clock.name());
}

std::string subtitle_of(const ReportContext& context, const GraphRequest& request, const Extent& extent,
                        std::uint64_t calls) {
    const Recording& recording = context.recording;
    TextBuffer text;
    append_c_escaped(text, recording.facts.host_name);
    append(text, ", ");
    // A path may be longer than the picture is wide; its end tells more.
    constexpr std::size_t kLongest = 60;
    const std::string& source = request.source;
    if (source.size() > kLongest) append(text, "...");
    append_c_escaped(text, source.size() > kLongest ? source.substr(source.size() - kLongest) : source);
    if (extent.drawn > 0 && recording.described()) {
        append(text, ", ");
        append_extent(text, context, extent);
    }
    fmt::format_to(std::back_inserter(text), ", {} calls", calls);
    if (!request.filter.empty()) {
        append(text, "; only: ");
        TextBuffer filter;
        append_c_escaped(filter, describe(request.filter));
        append(text, std::string_view(filter.data(), filter.size()).substr(0, kLongest));
    }
    if (!request.mode->is_time_line()) return {text.data(), text.size()};
    if (extent.not_drawn > 0)
        fmt::format_to(std::back_inserter(text), "; {} without begin or end not drawn", extent.not_drawn);
    if (extent.before > 0)
        fmt::format_to(std::back_inserter(text), "; {} that began before: at the left edge", extent.before);
    return {text.data(), text.size()};
}

}  // namespace

std::optional<Moment> moment_of(const Call& call, Nanos end) {
    if (!call.has_entry) return std::nullopt;
    const bool in_flight = call.state == CallState::InFlight;
    if (!call.has_exit && !in_flight) return std::nullopt;
    const Nanos until = in_flight ? end : call.end;
    return Moment{call, until > call.start ? until - call.start : 0};
}

Result<std::vector<CpuTrust>> CallPass::run(const Sink& sink) {
    ReportContext context(recording_);
    context.know_tasks(request_.notes);
    auto selection = select_rows(context, request_.filter, kCallFields);
    if (!selection) return selection.error();
    context.selection = std::move(*selection);
    context.clock = ReportClock(recording_, request_.times);
    context.notes = request_.notes;
    const ArgumentMeanings meanings(recording_.facts.audit_arch, recording_.facts.word_size);
    if (request_.meanings) context.meanings = &meanings;
    auto trust = pair_recording(context, [&](const Call& call) { sink(call, context); });
    end_ = context.end;
    contradictions_ = context.contradictions;
    return trust;
}

void Extent::add(const Call& call, Nanos recording_end) {
    const auto moment = moment_of(call, recording_end);
    if (!moment) {
        ++not_drawn;
        return;
    }
    ++drawn;
    if (call.start < from) ++before;
    if (call.state == CallState::InFlight) ++in_flight;
    first = std::min(first, call.start);
    last = std::max(last, call.start);
    shortest = std::min(shortest, moment->duration);
    longest = std::max(longest, moment->duration);
}

void Extent::settle(const std::optional<Nanos>& window) {
    constexpr Nanos kNarrowest = 1000;
    if (drawn == 0) return;
    if (!window) from = first;
    // Up to the end, unless what was asked for was over long before.
    const bool to_end = window || in_flight > 0 || (end >= last && end - last <= (last - first) / 2);
    until = to_end ? end : last;
    // A margin, so that no dot lies on the frame.
    if (!window) until += (until - std::min(until, from)) / 500;
    until = std::max(until, from + kNarrowest);
}

Result<Figures> gather_figures(const Recording& recording, const GraphRequest& request, Extent& extent) {
    ReportContext context(recording);
    context.clock = ReportClock(recording, request.times);
    Statistics statistics(context.names, context.word_size());
    std::uint64_t calls = 0;
    if (const auto window = request.filter.window) {
        extent.end = context.survey.end();
        extent.from = std::max(extent.end - std::min(extent.end, *window), context.survey.first());
    }
    CallPass pass(recording, request);
    const auto trust = pass.run([&](const Call& call, const ReportContext& at) {
        statistics.add(call);
        // A return in a new child is no call.
        if (call.state == CallState::ChildReturn) return;
        ++calls;
        extent.add(call, at.end);
    });
    if (!trust) return trust.error();
    extent.end = pass.end();
    extent.settle(request.filter.window);

    Figures figures;
    for (const CallStatistics& row : statistics.rows()) figures.calls.push_back({name_of(context, row), row});
    const GraphMode& mode = *request.mode;
    if (figures.calls.empty() || (mode.is_time_line() && extent.drawn == 0))
        return Error{
            ErrorCode::NotFound,
            request.source + (request.filter.empty() ? ": no calls are recorded: there is nothing to draw"
                                                     : ": no call passes the filter: there is nothing to draw")};
    const MeasureInfo& rank = describe(mode.top.value_or(Measure::Calls));
    // Stable, so that equal ones stay in the order of their numbers.
    std::stable_sort(figures.calls.begin(), figures.calls.end(), [&](const Ranked& a, const Ranked& b) {
        return rank.value(a.statistics) > rank.value(b.statistics);
    });
    const std::size_t kinds = figures.calls.size();
    if (mode.top) figures.calls.resize(std::min(kinds, kTop));
    figures.title = title_of(mode, figures.calls.size(), kinds);
    figures.subtitle = subtitle_of(context, request, extent, calls);
    figures.findings = ring_findings(*trust, pass.contradictions());
    figures.lost = lost_sentence(lost_totals(*trust));
    return figures;
}

}  // namespace kstrax
