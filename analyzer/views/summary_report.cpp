// SPDX-License-Identifier: GPL-2.0-or-later
// The first look: what was found, how far it can be trusted, what was running
// and what had just run when the recording ended.
#include <algorithm>
#include <array>
#include <deque>

#include "analyzer/views/in_flight.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "analyzer/views/views.hpp"
#include "analyzer/wording/clock_lines.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kLastCalls = 10;
constexpr std::size_t kInFlightCalls = 10;

std::string escaped(std::string_view bytes) {
    TextBuffer out;
    append_c_escaped(out, bytes);
    return {out.data(), out.size()};
}

void append_line(TextBuffer& out, std::string_view label, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "{:<10} {}\n", label, text);
}

std::string recording_text(const Recording& recording) {
    const RecordingFacts& facts = recording.facts;
    if (recording.described())
        return fmt::format("{}, Linux {}, layout {}, kstrax_buf {}", escaped(facts.host_name),
                           escaped(facts.kernel_release), recording.layout->name, escaped(facts.module_version));
    const std::string release = escaped(facts.kernel_release);
    if (!facts.recorder.empty())
        return fmt::format("{}, Linux {}, layout {}, by {}",
                           facts.host_name.empty() ? "unknown host" : escaped(facts.host_name),
                           release.empty() ? "unknown" : release, recording.layout->name, facts.recorder);
    return fmt::format("unknown host, Linux {}, layout {}, no anchor", release.empty() ? "unknown" : release,
                       recording.layout->name);
}

void append_window(TextBuffer& out, const ReportContext& context, std::span<const CpuTrust> trust) {
    const Recording& recording = context.recording;
    std::optional<Nanos> first;
    for (const CpuTrust& cpu : trust)
        if (cpu.first_time && (!first || *cpu.first_time < *first)) first = cpu.first_time;
    TextBuffer line;
    if (!first) {
        append(line, "nothing");
    } else {
        context.clock.append_date(line, *first);
        append(line, " to ");
        context.clock.append_date(line, context.end);
        const Nanos span = context.end - std::min(*first, context.end);
        fmt::format_to(std::back_inserter(line), " {}, {}.{:03} s", context.clock.name(), span / 1'000'000'000,
                       span / 1'000'000 % 1000);
    }
    append_line(out, "recorded", {line.data(), line.size()});
    append_clock_summary(out, recording);
    if (recording.end.time_ns == 0) return;
    line.clear();
    append(line, "at ");
    TextBuffer time;
    context.clock.append(time, recording.end.time_ns);
    const std::string_view padded(time.data(), time.size());
    append(line, padded.substr(padded.find_first_not_of(' ')));
    fmt::format_to(std::back_inserter(line), " on CPU {}, thread {}", std::uint32_t{recording.end.cpu},
                   std::uint32_t{recording.end.pid});
    append_line(out, "panic", {line.data(), line.size()});
}

void append_head(TextBuffer& out, const ReportContext& context, std::span<const CpuTrust> trust) {
    const Recording& recording = context.recording;
    const RecordingFacts& facts = recording.facts;
    append_line(out, "recording", recording_text(recording));
    const auto cpus = [](std::size_t count) { return fmt::format("{} CPU{}", count, count == 1 ? "" : "s"); };
    append_line(out, "rings",
                fmt::format("{}{}{}", cpus(recording.cpus.size()),
                            facts.entry_size == 0
                                ? ""
                                : fmt::format(", {} entries of {} bytes each", std::uint64_t{facts.entries_per_cpu},
                                              std::uint16_t{facts.entry_size}),
                            recording.without_ring > 0 ? "; " + cpus(recording.without_ring) + " without a ring" : ""));
    if (recording.filtered()) append_line(out, "filter", "recorded only: " + recording.only->describe());
    if (!recording.missing.empty())
        append_line(out, "missing", cpu_list(recording.missing) + ": calls below may lack entry or exit because of it");
    for (std::size_t i = 0; i < recording.provenance.size(); ++i)
        append_line(out, i == 0 ? "found" : "", recording.provenance[i]);
    append_window(out, context, trust);
}

void append_calls(TextBuffer& out, ReportContext& context, const std::deque<Call>& last, const InFlight& in_flight,
                  std::span<const CpuTrust> trust) {
    const bool noted = context.notes != nullptr;
    const auto& calls = in_flight.calls;
    const auto sure = std::ranges::count_if(calls, [](const InFlightRow& row) { return !row.may_have_ended(); });
    const auto open = static_cast<std::ptrdiff_t>(calls.size()) - sure;
    fmt::format_to(std::back_inserter(out), "\n# in flight at the end: {}{}{}\n{}\n", sure,
                   open > 0 ? fmt::format(", and {} that may have ended", open) : "",
                   calls.size() <= kInFlightCalls ? ""
                   : noted                        ? ", of which blocked ones and the longest (all: -i)"
                                                  : ", of which the longest (all: -i)",
                   in_flight_heading(context, noted));
    for (std::size_t i = 0; i < std::min(kInFlightCalls, calls.size()); ++i) {
        append_in_flight_row(out, context, calls[i], noted);
        out.push_back('\n');
    }
    append_in_flight_notes(out, context, in_flight, trust);
    fmt::format_to(std::back_inserter(out), "\n# the last calls that returned (all: -t)\n{}\n",
                   paired_heading(context));
    for (const Call& call : last) {
        append_paired_text(out, context, call);
        out.push_back('\n');
    }
}

}  // namespace

ReportBody summary_report(ReportContext& context, SinkOutput& output) {
    std::deque<Call> last;
    InFlightFinder finder(context);
    ReportBody body;
    body.trust = pair_recording(
        context,
        [&](const Call& call) {
            finder.add(call);
            if (!call.has_exit) return;
            last.push_back(call);
            if (last.size() > kLastCalls) last.pop_front();
        },
        [&](const Call& call) { finder.see(call); });
    const InFlight in_flight = finder.finish(body.trust, context.selection);
    if (output.takes_lines()) {
        append_head(output.lines(), context, body.trust);
        output.lines().push_back('\n');
    }
    RowWriter<TrustRow> writer(trust_form(), output, trust_heading(context.clock));
    for (const CpuTrust& trust : body.trust) {
        writer.put({context.recording, trust, context.clock});
        ++body.rows;
    }
    if (output.takes_lines()) {
        append_skew(output.lines(), context.skew);
        append_calls(output.lines(), context, last, in_flight, body.trust);
        output.lines().push_back('\n');
    }
    return body;
}

}  // namespace kstrax
