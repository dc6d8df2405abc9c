// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/report/frames.hpp"

#include <fmt/core.h>

#include <iterator>

#include "analyzer/sinks/color.hpp"
#include "analyzer/wording/clock_lines.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

/// What only an anchor says.
Value described(const Recording& recording, Value value) { return recording.described() ? value : Value(Absent{}); }

constexpr std::array kFactColumns{
    Column<Recording>{"host",
                      [](const Recording& r) -> Value {
                          const bool known = r.described() || !r.facts.host_name.empty();
                          return known ? Value(Untrusted{r.facts.host_name}) : Value(Absent{});
                      }},
    Column<Recording>{"kernel",
                      [](const Recording& r) -> Value {
                          const bool known = r.described() || !r.facts.kernel_release.empty();  // by VMCOREINFO
                          return known ? Value(Untrusted{r.facts.kernel_release}) : Value(Absent{});
                      }},
    Column<Recording>{"module_version",
                      [](const Recording& r) -> Value { return described(r, Untrusted{r.facts.module_version}); }},
    Column<Recording>{"abi_version",
                      [](const Recording& r) -> Value { return described(r, std::uint64_t{r.facts.abi_version}); }},
    Column<Recording>{"layout", [](const Recording& r) -> Value { return Name{r.layout->name}; }},
    Column<Recording>{"audit_arch", [](const Recording& r) -> Value { return std::uint64_t{r.facts.audit_arch}; }},
    Column<Recording>{"word_size", [](const Recording& r) -> Value { return std::uint64_t{r.facts.word_size}; }},
    Column<Recording>{"entry_size", [](const Recording& r) -> Value { return std::uint64_t{r.facts.entry_size}; }},
    Column<Recording>{"entries_per_cpu",
                      [](const Recording& r) -> Value { return std::uint64_t{r.facts.entries_per_cpu}; }},
    Column<Recording>{"possible_cpus",
                      [](const Recording& r) -> Value { return std::uint64_t{r.facts.possible_cpus}; }},
    // 64 random bits: as a string, since JSON's readers keep 53 of a number.
    Column<Recording>{"instance",
                      [](const Recording& r) -> Value {
                          // Without a destructor: one that waits for the thread's end keeps crash from unloading us.
                          thread_local std::array<char, 16> text;
                          fmt::format_to_n(text.data(), text.size(), "{:016x}", std::uint64_t{r.facts.instance_id});
                          return described(r, Name{{text.data(), text.size()}});
                      }},
    Column<Recording>{
        "start_monotonic_ns",
        [](const Recording& r) -> Value { return described(r, std::int64_t{r.facts.start_monotonic_ns}); }},
    Column<Recording>{
        "start_realtime_ns",
        [](const Recording& r) -> Value { return described(r, std::int64_t{r.facts.start_realtime_ns}); }},
    Column<Recording>{"end_ns",
                      [](const Recording& r) -> Value {
                          return r.end.time_ns == 0 ? Value(Absent{}) : Value(std::uint64_t{r.end.time_ns});
                      }},
    Column<Recording>{"panic_cpu",
                      [](const Recording& r) -> Value {
                          return r.end.time_ns == 0 ? Value(Absent{}) : Value(std::uint64_t{r.end.cpu});
                      }},
    Column<Recording>{"panic_pid",
                      [](const Recording& r) -> Value {
                          return r.end.time_ns == 0 ? Value(Absent{}) : Value(std::uint64_t{r.end.pid});
                      }},
};

}  // namespace

void add_findings(FactObject& facts, const Findings& findings) {
    FactList sentences;
    FactList rows;
    for (const Finding& finding : findings) {
        const FindingInfo& info = describe(finding.id);
        sentences.members.push_back(text_fact("", finding.text));
        rows.members.push_back(
            {"", FactObject{{text_fact("id", info.name), text_fact("severity", severity_name(info.severity)),
                             number_fact("count", finding.count), text_fact("text", finding.text)}}});
    }
    facts.members.push_back({"damage", std::move(sentences)});
    facts.members.push_back({"findings", std::move(rows)});
}

namespace {

FactObject recorded_only_facts(const RecordedOnly& only) {
    return {{number_fact("process", only.process()), text_fact("calls", only.calls())}};
}

FactList trust_facts(ReportContext& context) {
    FactList cpus;
    const ReportClock clock(context.recording);
    for (const CpuTrust& trust : context.survey.cpus())
        cpus.members.push_back({"", facts_of<TrustRow>(trust_form().columns, {context.recording, trust, clock})});
    return cpus;
}

FactObject head_facts(ReportContext& context, const ReportRequest& request, const ReportName& name) {
    const Recording& recording = context.recording;
    FactObject facts{{text_fact("tool", request.tool),
                      text_fact("version", KSTRAX_VERSION),
                      number_fact("schema", kSchemaVersion),
                      text_fact("report", name.name),
                      text_fact("source", request.source),
                      text_fact("source_format", request.source_format),
                      {"recording", facts_of<Recording>(kFactColumns, recording)}}};
    if (auto clock = clock_facts(recording)) facts.members.push_back({"clock", std::move(*clock)});
    facts.members.push_back({"cpus", trust_facts(context)});
    if (recording.filtered()) facts.members.push_back({"recorded_only", recorded_only_facts(*recording.only)});
    if (!request.filter.empty()) facts.members.push_back(text_fact("filter", describe(request.filter)));
    if (!context.sort.empty()) facts.members.push_back(text_fact("sort", context.sort));
    if (context.first) facts.members.push_back(number_fact("first", context.first));
    FactList found;
    for (const std::string& line : recording.provenance) found.members.push_back(text_fact("", line));
    facts.members.push_back({"found", std::move(found)});
    add_findings(facts, recording.findings);
    return facts;
}

void append_filter(TextBuffer& out, const Filter& filter) {
    if (filter.empty()) return;
    append(out, "# only: ");
    append_c_escaped(out, describe(filter));
    out.push_back('\n');
}

/// Of calls, which stand as they come where nobody asks for another order.
void append_order(TextBuffer& out, const ReportContext& context) {
    if (!context.order) return;
    append(out, "# sorted by " + context.sort);
    if (context.first) append(out, fmt::format(", the first {}", *context.first));
    out.push_back('\n');
}

void append_lost(TextBuffer& out, const LostTotals& lost) {
    if (lost.records() == 0) {
        append(out, fmt::format("# {}\n", lost_sentence(lost)));
        return;
    }
    const WarningLine line(out);
    append(out, fmt::format("# {}", lost_sentence(lost)));
}

void append_text_header(TextBuffer& out, const ReportContext& context, const ReportName& name) {
    const Recording& recording = context.recording;
    fmt::format_to(std::back_inserter(out), "# kstrax {} report of ", name.title);
    if (!recording.described()) {
        if (recording.facts.host_name.empty()) append(out, "an unknown host");
        else append_c_escaped(out, recording.facts.host_name);
    } else {
        append_c_escaped(out, recording.facts.host_name);
        append(out, ", recorded from ");
        append_date_time(out, recording.facts.start_realtime_ns);
        append(out, " UTC");
    }
    fmt::format_to(std::back_inserter(out), "; times are {}\n", context.clock.description());
}

FactObject tail_facts(const ReportContext& context, const ReportEnd& end) {
    const LostTotals& lost = end.lost;
    FactObject facts{{number_fact("rows", end.body.rows), number_fact("lost", lost.records()),
                      number_fact("overwritten", lost.overwritten), number_fact("unreadable", lost.unreadable),
                      number_fact("torn", lost.torn), number_fact("invalid", lost.invalid),
                      number_fact("lost_calls", lost.calls), number_fact("lost_names", lost.names),
                      number_fact("names_cut", lost.names_cut)}};
    const auto add = [&](std::string_view name, std::uint64_t number) {
        facts.members.push_back(number_fact(name, number));
    };
    if (context.skew.records > 0) {
        add("skewed_records", context.skew.records);
        add("skew_ns", context.skew.most);
    }
    if (end.meanwhile) {
        add("written_meanwhile", end.meanwhile->written);
        add("overwritten_meanwhile", end.meanwhile->overwritten);
    }
    add_findings(facts, end.findings);
    return facts;
}

}  // namespace

Frame head_of(ReportContext& context, const ReportRequest& request, const ReportName& name) {
    Frame head;
    if (!request.sink->takes_lines) {
        // Only for these: it takes a survey.
        head.facts = head_facts(context, request, name);
        return head;
    }
    head.lines.set_colored(request.colored);
    const bool summary = request.kind == ReportKind::Summary;  // has a head of its own
    if (!summary) append_text_header(head.lines, context, name);
    append_filter(head.lines, request.filter);
    append_order(head.lines, context);
    if (summary) return head;
    append_clock_comments(head.lines, context.recording);
    append_limits(head.lines, context.recording);
    return head;
}

Frame tail_of(const ReportContext& context, const ReportRequest& request, const ReportEnd& end) {
    Frame tail{tail_facts(context, end), {}};
    tail.lines.set_colored(request.colored);
    if (end.meanwhile) append(tail.lines, fmt::format("# {}\n", meanwhile_sentence(*end.meanwhile)));
    if (request.kind != ReportKind::Summary) append_skew(tail.lines, context.skew);
    append_lost(tail.lines, end.lost);
    return tail;
}

}  // namespace kstrax
