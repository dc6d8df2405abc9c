// SPDX-License-Identifier: GPL-2.0-or-later
// How far each CPU's ring can be trusted, for the summary and for JSONL's header.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/survey.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

struct TrustRow {
    const Recording& recording;
    const CpuTrust& trust;
    const ReportClock& clock;
};

[[nodiscard]] const RowForm<TrustRow>& trust_form();
[[nodiscard]] std::string trust_heading(const ReportClock& clock);

/// What is lost over all CPUs: records, and file names of records that are there.
struct LostTotals {
    std::uint64_t overwritten = 0;
    std::uint64_t unreadable = 0;
    std::uint64_t torn = 0;
    std::uint64_t invalid = 0;
    std::uint64_t calls = 0;  ///< about so many calls the records are of
    std::uint64_t names = 0;
    std::uint64_t names_cut = 0;  ///< of which the beginning is there
    std::vector<CpuId> cpus;      ///< of which all is missing: nobody knows how many records
    [[nodiscard]] std::uint64_t records() const { return overwritten + unreadable + torn + invalid; }
};
[[nodiscard]] LostTotals lost_totals(std::span<const CpuTrust> cpus);

/// The time from which on no CPU's records are overwritten; none if they never were.
[[nodiscard]] std::optional<Nanos> whole_since(std::span<const CpuTrust> cpus);

/// A line for reports of what is in flight: what they cannot know. Empty if nothing.
void append_unknown_in_flight(TextBuffer& out, const ReportClock& clock, std::span<const CpuTrust> cpus);

/// "CPU 1", "CPUs 1, 3-5". Precondition: ascending, not empty.
[[nodiscard]] std::string cpu_list(std::span<const CpuId> cpus);

/// Lines that a report in text begins with where not all calls of the machine are recorded, or
/// records of whole CPUs are missing.
void append_limits(TextBuffer& out, const Recording& recording);

/// A line on the CPUs' clocks, if they have been seen to differ.
void append_skew(TextBuffer& out, const Skew& skew);

/// "lost: 12 records of about 6 calls (10 overwritten, 2 torn); file names not captured: 1; file names cut off: 2"
[[nodiscard]] std::string lost_sentence(const LostTotals& lost);

/// One for each CPU whose ring has damage, and one for what pairing has shown to be wrong.
[[nodiscard]] Findings ring_findings(std::span<const CpuTrust> cpus, const Contradictions& contradictions);

}  // namespace kstrax
