// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/trust_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "analyzer/sinks/color.hpp"
#include "analyzer/sinks/line_column.hpp"
#include "analyzer/wording/report_clock.hpp"
#include "analyzer/wording/warnings.hpp"

namespace kstrax {

namespace {

Value optional_time(const std::optional<Nanos>& time) { return time ? Value(*time) : Value(Absent{}); }

using Row = TrustRow;

std::string_view verdict(const Row& row) {
    const CpuTrust& trust = row.trust;
    if (trust.absent) return "missing";
    if (trust.damaged()) return "damaged";
    if (trust.head == 0) return "empty";
    if (trust.overwritten > 0) return "wrapped";
    return row.recording.filtered() ? "filtered" : "complete";
}

/// A figure of a CPU that is there.
template <std::uint64_t CpuTrust::*figure>
Value value_of(const Row& row) {
    return row.trust.absent ? Value(Absent{}) : Value(row.trust.*figure);
}

Value lost_names(const Row& row, LossCause cause) {
    return row.recording.described() && !row.trust.absent ? Value(row.trust.lost.at(cause)) : Value(Absent{});
}

template <std::optional<Nanos> CpuTrust::*time>
constexpr Cell<Row> time_cell(std::string_view heading) {
    return {.heading = heading,
            .width = kTimeWidth,
            .side = Side::Left,
            .before = "  ",
            .append = [](TextBuffer& out, const Row& row) {
                if (row.trust.*time) row.clock.append(out, *(row.trust.*time));
                else row.clock.append_absent(out);
            }};
}

/// People see damage of both kinds in one column, and times by the report's clock.
constexpr std::array kLine{
    LineColumn<Row>{{"cpu", [](const Row& r) -> Value { return std::uint64_t{r.trust.cpu}; }},
                    {.heading = "cpu", .width = 5, .before = "", .heading_wider = 1}},
    LineColumn<Row>{
        {"capacity", [](const Row& r) -> Value { return std::uint64_t{r.recording.facts.entries_per_cpu}; }}},
    LineColumn<Row>{{"written", value_of<&CpuTrust::head>}, {.heading = "written", .width = 12}},
    LineColumn<Row>{{"entries", value_of<&CpuTrust::entries>}, {.heading = "there", .width = 12}},
    LineColumn<Row>{{"overwritten", value_of<&CpuTrust::overwritten>}, {.heading = "overwritten", .width = 12}},
    LineColumn<Row>{{"unreadable", value_of<&CpuTrust::unreadable>}, {.heading = "unreadable", .width = 11}},
    LineColumn<Row>{{"torn", value_of<&CpuTrust::torn>},
                    {.heading = "torn",
                     .width = 6,
                     .append =
                         [](TextBuffer& out, const Row& r) {
                             if (r.trust.absent) append(out, "-");
                             else append_number(out, r.trust.torn + r.trust.invalid);
                         }}},
    LineColumn<Row>{{"invalid", value_of<&CpuTrust::invalid>}},
    LineColumn<Row>{{"suspect", value_of<&CpuTrust::suspect>}},
    LineColumn<Row>{{"gaps", value_of<&CpuTrust::gaps>}},
    LineColumn<Row>{{"lost_names_fault", [](const Row& r) -> Value { return lost_names(r, kLostNameFault); }}},
    LineColumn<Row>{{"lost_names_busy", [](const Row& r) -> Value { return lost_names(r, kLostNameBusy); }}},
    LineColumn<Row>{{"names_cut", [](const Row& r) -> Value { return lost_names(r, kNamesCut); }}},
    LineColumn<Row>{{"first_ns", [](const Row& r) -> Value { return optional_time(r.trust.first_time); }},
                    time_cell<&CpuTrust::first_time>("first")},
    LineColumn<Row>{{"last_ns", [](const Row& r) -> Value { return optional_time(r.trust.last_time); }},
                    time_cell<&CpuTrust::last_time>("last")},
    LineColumn<Row>{{"trust", [](const Row& r) -> Value { return Name{verdict(r)}; }},
                    {.heading = "trust", .before = "  "}},
};
constexpr auto kColumns = columns_of(kLine);

constexpr RowForm<Row> kForm{
    kColumns, "", [](TextBuffer& out, const Row& row) { append_cells<Row>(out, kLine, row, row.clock.width()); }};

}  // namespace

const RowForm<TrustRow>& trust_form() { return kForm; }

std::string trust_heading(const ReportClock& clock) { return heading_of<Row>(kLine, clock.width()); }

namespace {

/// What is missing began about as many calls as as much of what is there; with nothing there,
/// a call is taken to have an entry and an exit.
std::uint64_t lost_calls(const CpuTrust& cpu) {
    const std::uint64_t missing = cpu.missing();
    if (missing == 0) return 0;
    const double share = cpu.entries == 0 ? 0.5 : static_cast<double>(cpu.calls) / static_cast<double>(cpu.entries);
    const double calls = std::ceil(static_cast<double>(missing) * share);
    if (calls >= static_cast<double>(missing)) return missing;
    return std::max<std::uint64_t>(static_cast<std::uint64_t>(calls), 1);
}

}  // namespace

LostTotals lost_totals(std::span<const CpuTrust> cpus) {
    LostTotals lost;
    for (const CpuTrust& cpu : cpus) {
        lost.overwritten += cpu.overwritten;
        lost.unreadable += cpu.unreadable;
        lost.torn += cpu.torn;
        lost.invalid += cpu.invalid;
        lost.calls += lost_calls(cpu);
        if (cpu.absent) lost.cpus.push_back(cpu.cpu);
        lost.names += cpu.lost[kLostNameFault] + cpu.lost[kLostNameBusy];
        lost.names_cut += cpu.lost[kNamesCut];
    }
    return lost;
}

std::optional<Nanos> whole_since(std::span<const CpuTrust> cpus) {
    std::optional<Nanos> since;
    for (const CpuTrust& cpu : cpus)
        if (cpu.overwritten > 0 && cpu.first_time && (!since || *cpu.first_time > *since)) since = cpu.first_time;
    return since;
}

void append_unknown_in_flight(TextBuffer& out, const ReportClock& clock, std::span<const CpuTrust> cpus) {
    const auto since = whole_since(cpus);
    if (!since) return;
    const WarningLine line(out);
    append(out, "# of calls that began before ");
    clock.append(out, *since);
    append(out, ", others may be in flight unseen and these may have ended: records of that time are overwritten");
}

std::string cpu_list(std::span<const CpuId> cpus) {
    std::string list = cpus.size() == 1 ? "CPU " : "CPUs ";
    for (std::size_t i = 0; i < cpus.size();) {
        std::size_t last = i;
        while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
        list += fmt::format("{}{}", i == 0 ? "" : ", ", cpus[i]);
        if (last > i) list += fmt::format("-{}", cpus[last]);
        i = last + 1;
    }
    return list;
}

void append_limits(TextBuffer& out, const Recording& recording) {
    if (recording.filtered()) {
        const WarningLine line(out);
        fmt::format_to(std::back_inserter(out), "{}{}", kRecordedOnly, recording.only->describe());
    }
    if (!recording.missing.empty()) {
        const WarningLine line(out);
        fmt::format_to(std::back_inserter(out), "{}{}, and with it entries and exits of the calls below", kCpusMissing,
                       cpu_list(recording.missing));
    }
}

void append_skew(TextBuffer& out, const Skew& skew) {
    if (skew.records == 0) return;
    const WarningLine line(out);
    fmt::format_to(std::back_inserter(out), "{}by {} ns or more: {} put before another of {} thread", kClocksDiffer,
                   skew.most, skew.records == 1 ? "1 record was" : fmt::format("{} records were", skew.records),
                   skew.records == 1 ? "its" : "their");
}

std::string lost_sentence(const LostTotals& lost) {
    const std::array<std::pair<std::uint64_t, const char*>, 4> causes{{{lost.overwritten, "overwritten"},
                                                                       {lost.unreadable, "unreadable"},
                                                                       {lost.torn, "torn"},
                                                                       {lost.invalid, "invalid"}}};
    std::string list;
    for (const auto& [count, cause] : causes)
        if (count > 0) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, cause);
    std::string sentence =
        fmt::format("lost: {} record{} of {}{} call{}", lost.records(), lost.records() == 1 ? "" : "s",
                    lost.calls == 0 ? "" : "about ", lost.calls, lost.calls == 1 ? "" : "s");
    if (!list.empty()) sentence += " (" + list + ")";
    if (!lost.cpus.empty()) sentence += "; all of " + cpu_list(lost.cpus);
    if (lost.names > 0) sentence += fmt::format("; file names not captured: {}", lost.names);
    if (lost.names_cut > 0) sentence += fmt::format("; file names cut off: {}", lost.names_cut);
    return sentence;
}

Findings ring_findings(std::span<const CpuTrust> cpus, const Contradictions& contradictions) {
    Findings findings;
    for (const CpuTrust& cpu : cpus)
        if (cpu.damaged())
            findings.add(
                FindingId::EntriesDamaged,
                fmt::format("CPU {}: of its {} entries {} are unreadable, {} torn, {} invalid{}; {} fail "
                            "their checksum",
                            cpu.cpu, cpu.head - std::min(cpu.head, cpu.overwritten), cpu.unreadable, cpu.torn,
                            cpu.invalid, cpu.invalid == 0 ? "" : " (" + describe_flaws(cpu.flaws) + ")", cpu.suspect),
                cpu.unreadable + cpu.torn + cpu.invalid + cpu.suspect);
    if (contradictions.records > 0)
        findings.add(FindingId::RecordsContradict, contradictions.describe(), contradictions.records);
    return findings;
}

}  // namespace kstrax
