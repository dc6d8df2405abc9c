// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/report/kernel_report.hpp"

#include <algorithm>
#include <array>

#include "analyzer/report/frames.hpp"
#include "analyzer/report/report.hpp"

namespace kstrax {

namespace {

constexpr TimeStyle kLikeDmesg{.form = TimeForm::Monotonic, .local = false, .digits = 6};

constexpr std::array kReports{
    KernelReport{
        "overview", nullptr,
        "why the machine died, what each CPU ran, who waits for what, and the end of the log; of any dump. The "
        "text of a dump without another option",
        nullptr, overview_columns, nullptr, overview_report, true},
    KernelReport{"log", nullptr,
                 "the kernel's log, as dmesg shows it, of any dump; with -t its lines between the calls", &kLikeDmesg,
                 log_columns, log_fields, log_report},
    KernelReport{"tasks", nullptr,
                 "all tasks: the call that each was in, the lock that it waits for and its kernel stack; of any dump",
                 nullptr, tasks_columns, tasks_fields, tasks_report},
    KernelReport{"locks", nullptr, "which tasks wait for which lock, who holds it, and deadlocks; of any dump", nullptr,
                 locks_columns, nullptr, locks_report},
    KernelReport{"stack", "PIDS",
                 "the kernel stacks of these tasks and their threads, a frame a line; PIDS: 220,221 or all", nullptr,
                 stack_columns, tasks_fields, stack_report},
    KernelReport{"open-files", "PIDS",
                 "what these tasks hold: descriptors with paths, pipes and sockets; PIDS: 220,221 or all", nullptr,
                 files_columns, files_fields, files_report},
};

std::string times_of(const KernelContext& context) {
    switch (context.times.form) {
        case TimeForm::Wall:
            return ReportClock(*context.recording, context.times).name();
        case TimeForm::Monotonic:
            return "seconds of its local clock";
        case TimeForm::Relative:
            return "seconds since the first line";
        case TimeForm::Delta:
            return "seconds since the line before";
    }
    return {};
}

std::string words_of(std::span<const Condition> conditions) {
    std::string words;
    for (const Condition& condition : conditions) words += (words.empty() ? "" : "; ") + condition.words;
    return words;
}

Frame head_of(const KernelReportRequest& request) {
    const DumpedKernel& kernel = request.context.kernel;
    const std::string release(kernel.vmcoreinfo().value("OSRELEASE").value_or(""));
    std::string name = request.report.name;
    std::ranges::replace(name, '-', '_');
    Frame head;
    FactObject about;
    about.members.push_back(release.empty() ? Fact{"release", Value(Absent{})} : text_fact("release", release));
    about.members.push_back(text_fact("architecture", kernel.architecture().name));
    head.facts = FactObject{{text_fact("tool", request.tool), text_fact("version", KSTRAX_VERSION),
                             number_fact("schema", kSchemaVersion), text_fact("report", name),
                             text_fact("source", request.source), text_fact("source_format", request.source_format),
                             Fact{"kernel", std::move(about)}}};
    append(head.lines, fmt::format("# kstrax {} report of Linux ", request.report.name));
    append_c_escaped(head.lines, release.empty() ? "(unknown release)" : release);
    append(head.lines, fmt::format(" ({})", kernel.architecture().name));
    if (request.report.times != nullptr) append(head.lines, fmt::format("; times are {}", times_of(request.context)));
    head.lines.push_back('\n');
    const std::string only = words_of(request.context.conditions);
    if (only.empty()) return head;
    head.facts.members.push_back(text_fact("filter", only));
    append(head.lines, "# only: ");
    append_c_escaped(head.lines, only);
    head.lines.push_back('\n');
    return head;
}

}  // namespace

std::span<const KernelReport> kernel_reports() { return kReports; }

const KernelReport& overview_row() { return kReports.front(); }

Result<KernelBody> write_kernel_report(const KernelReportRequest& request, Output& output) {
    SinkOutput sink(request.sink, output);
    const bool framed = !request.sink.rows_alone && !(request.report.screen && request.sink.takes_lines);
    if (framed) sink.begin(head_of(request));
    auto body = request.report.write(request.context, sink);
    if (!body) return body.error();
    // The overview's text tells of them itself.
    if (std::ranges::none_of(body->findings,
                             [](const Finding& one) { return one.id == FindingId::KernelPagesMissing; }))
        body->findings.append(request.context.kernel.missing_pages());
    for (const Finding& one : request.context.kernel.space().findings())
        if (std::ranges::find(body->findings, one) == body->findings.end())
            body->findings.add(one.id, one.text, one.count);
    if (cancelled(request.context.cancel)) return Error{ErrorCode::Cancelled, "stopped before the end of the report"};
    if (!request.context.conditions.empty())
        body->summary += fmt::format("; {} left out by the filter", body->left_out);
    if (framed) {
        Frame tail{FactObject{{number_fact("rows", body->rows)}}, {}};
        if (!request.context.conditions.empty()) tail.facts.members.push_back(number_fact("left_out", body->left_out));
        for (Fact& fact : body->facts.members) tail.facts.members.push_back(std::move(fact));
        add_findings(tail.facts, body->findings);
        append(tail.lines, fmt::format("# {}\n", body->summary));
        sink.end(tail);
    }
    if (const auto written = sink.flush(); !written) return written.error();
    return body;
}

}  // namespace kstrax
