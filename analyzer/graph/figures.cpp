// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/figures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/report/call_text.hpp"
#include "analyzer/report/moment.hpp"
#include "analyzer/report/reports.hpp"
#include "analyzer/report/trust_rows.hpp"

namespace kstrax {

namespace {

/// Of the numbers that stand for none, each is told from the others.
std::string name_of(const ReportContext& context, const CallStatistics& row) {
    TextBuffer name;
    append_call_name(name, context, row.abi, row.nr);
    if (row.nr == KSTRAX_NR_NONE) append(name, " (none)");
    if (row.nr == KSTRAX_NR_TOO_BIG) append(name, " (too big)");
    return {name.data(), name.size()};
}

std::string title_of(const GraphMode& mode, std::size_t shown, std::size_t kinds) {
    std::string title;
    if (mode.top) title = fmt::format("The {} {} of {} system calls", shown, describe(*mode.top).superlative, kinds);
    else title = mode.is_time_line() ? "Every call" : fmt::format("All {} system calls", kinds);
    if (mode.is_time_line())
        return title + (mode.top ? ": when they were issued, how long they took" : ": when it was issued, how long it took");
    title += ": ";
    for (std::size_t i = 0; i < mode.measures.size(); ++i) {
        if (i > 0) title += i + 1 == mode.measures.size() ? " and " : ", ";
        title += describe(mode.measures[i]).title;
    }
    return title;
}

std::string subtitle_of(const Recording& recording, const GraphRequest& request, const Extent& extent,
                        std::uint64_t calls) {
    TextBuffer text;
    append_c_escaped(text, bounded_text({recording.facts.host_name, sizeof recording.facts.host_name}));
    append(text, ", ");
    // A path may be longer than the picture is wide; its end tells more.
    constexpr std::size_t kLongest = 60;
    const std::string& source = request.source;
    if (source.size() > kLongest) append(text, "...");
    append_c_escaped(text, source.size() > kLongest ? source.substr(source.size() - kLongest) : source);
    if (extent.drawn > 0 && recording.described()) {
        append(text, ", ");
        append_date_time(text, recording.wall_ns(extent.first));
        append(text, " to ");
        TextBuffer last;
        append_time_of_day(last, recording, extent.last);
        append(text, {last.data(), 8});
        append(text, " UTC");
    }
    fmt::format_to(std::back_inserter(text), ", {} calls", calls);
    if (!request.filter.empty()) {
        append(text, "; only: ");
        TextBuffer filter;
        append_c_escaped(filter, describe(request.filter));
        append(text, std::string_view(filter.data(), filter.size()).substr(0, kLongest));
    }
    if (request.mode->is_time_line() && extent.not_drawn > 0)
        fmt::format_to(std::back_inserter(text), "; {} without begin or end not drawn", extent.not_drawn);
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

Result<std::vector<CpuTrust>> CallPass::run(const std::function<void(const Call&, Nanos end)>& sink) const {
    ReportContext context(recording_);
    auto selection = select_calls(context, filter_);
    if (!selection) return selection.error();
    context.selection = std::move(*selection);
    return pair_recording(context, [&](const Call& call) { sink(call, context.end); });
}

void Extent::add(const Call& call, Nanos end) {
    const auto moment = moment_of(call, end);
    if (!moment) {
        ++not_drawn;
        return;
    }
    ++drawn;
    first = std::min(first, call.start);
    last = std::max(last, call.start);
    shortest = std::min(shortest, moment->duration);
    longest = std::max(longest, moment->duration);
}

Result<Figures> gather_figures(const Recording& recording, const GraphRequest& request, Extent& extent) {
    const ReportContext context(recording);
    Statistics statistics(context.names, context.word_size());
    std::uint64_t calls = 0;
    const auto trust = CallPass(recording, request.filter).run([&](const Call& call, Nanos end) {
        statistics.add(call);
        // A return in a new child is no call.
        if (call.state == CallState::ChildReturn) return;
        ++calls;
        extent.add(call, end);
    });
    if (!trust) return trust.error();

    Figures figures;
    for (const CallStatistics& row : statistics.rows()) figures.calls.push_back({name_of(context, row), row});
    const GraphMode& mode = *request.mode;
    if (figures.calls.empty() || (mode.is_time_line() && extent.drawn == 0))
        return Error{ErrorCode::NotFound,
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
    figures.subtitle = subtitle_of(recording, request, extent, calls);
    figures.damage = damage_sentences(*trust);
    figures.lost = lost_sentence(lost_totals(*trust));
    return figures;
}

}  // namespace kstrax
