// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/kernel/overview/recorded_end.hpp"

#include <deque>

#include "analyzer/fields/call_text.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kLastCalls = 4;

std::string call_line(const ReportContext& context, const Call& call) {
    constexpr Nanos kMicrosecond = 1000;
    constexpr Nanos kSecond = 1'000'000;
    TextBuffer out;
    const Nanos since = context.end - std::min(context.end, call.has_entry ? call.start : call.end);
    fmt::format_to(std::back_inserter(out), "-{}.{:06} s  ", since / kMicrosecond / kSecond,
                   since / kMicrosecond % kSecond);
    std::string scratch;
    append_whole_call(out, line_of(context, call, scratch));
    return std::string(out.view());
}

}  // namespace

RecordedEnd read_recorded_end(const KernelContext& context, Tid thread) {
    RecordedEnd found;
    if (context.recording == nullptr) return found;
    found.known = true;
    ReportContext calls(*context.recording);
    const ArgumentMeanings meanings(context.recording->facts.audit_arch, context.recording->facts.word_size);
    if (context.meanings) calls.meanings = &meanings;
    calls.cancel = context.cancel;
    std::deque<Call> last;
    std::uint64_t count = 0;
    const auto trust = pair_recording(calls, [&](const Call& call) {
        ++count;
        if (thread == 0 || call.tid != thread) return;
        last.push_back(call);
        if (last.size() > kLastCalls) last.pop_front();
    });
    for (const Call& call : last) {
        found.calls.push_back(call_line(calls, call));
        if (call.state == CallState::InFlight && call.has_entry)
            found.in_call = calls.end - std::min(calls.end, call.start);
    }
    const LostTotals lost = lost_totals(trust);
    const std::size_t cpus = context.recording->cpus.size();
    found.trust = fmt::format("{} calls of {} CPU{}; {}", count, cpus, cpus == 1 ? "" : "s", lost_sentence(lost));
    if (context.recording->filtered()) found.trust += "; recorded only: " + context.recording->only->describe();
    found.findings = ring_findings(trust, calls.contradictions);
    return found;
}

}  // namespace kstrax
