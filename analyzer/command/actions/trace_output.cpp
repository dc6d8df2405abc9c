// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/trace_output.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "analyzer/command/actions/make_report.hpp"
#include "analyzer/exporters/trace_dat/trace_dat.hpp"
#include "analyzer/sinks/plain_text.hpp"
#include "analyzer/views/trust_rows.hpp"

namespace kstrax {

namespace {

/// As /proc/kallsyms had them when the events were recorded; as far as they can be read.
std::string symbols_of(DumpedKernel& kernel, std::int64_t moved) {
    std::string text;
    if (kernel.symbols() == nullptr) return text;
    (void)kernel.symbols()->each([&](const Kallsyms::Symbol& symbol) {
        const bool whole = std::ranges::all_of(symbol.name, [](char c) { return c > ' '; });
        if (!whole) return;
        const bool fixed = symbol.type == 'A' || symbol.type == 'a';  // wherever the kernel lies
        const std::uint64_t at = symbol.address.value - static_cast<std::uint64_t>(fixed ? 0 : moved);
        fmt::format_to(std::back_inserter(text), "{:016x} {} {}\n", at, symbol.type, symbol.name);
    });
    return text;
}

/// A command may be any bytes: a line of the file ends where one does.
void append_command(std::string& lines, Tid thread, std::string_view command) {
    fmt::format_to(std::back_inserter(lines), "{} {}\n", thread, command.substr(0, command.find('\n')));
}

}  // namespace

ExitStatus write_trace_file(std::string_view tool, Session& session, const OpenedRecording& opened,
                            const std::string& path, Output& standard) {
    const Recording& recording = opened.recording;
    TraceDatTexts texts;
    for (const auto& [thread, command] : recording.commands) append_command(texts.command_lines, thread, command);
    if (session.memory() != nullptr)
        if (const auto kernel = session.kernel())
            texts.kallsyms = symbols_of(**kernel, recording.trace ? recording.trace->text_moved : 0);
    if (session.memory() != nullptr && !opened.boot_before) {
        const KnownTasks& tasks = session.tasks({.anchor = opened.anchor, .of_kernel = opened.of_kernel});
        if (tasks.notes != nullptr)
            for (const TaskNote& note : tasks.notes->all()) append_command(texts.command_lines, note.tid, note.command);
    }
    auto output = OutputFile::create(path, session.files());
    if (!output) return fail(tool, output.error());
    const auto written = write_trace_dat(recording, texts, **output, session.cancel());
    if (!written) return fail(tool, written.error());
    if (const auto committed = (*output)->commit(); !committed) return fail(tool, committed.error());
    if (written->left_out > 0)
        complain(tool, "warning", fmt::format("{} events are larger than a page: left out", written->left_out));
    if (const auto told = standard.write(fmt::format("{}: {} events\n", plain_text(path), written->events)); !told)
        return fail(tool, told.error());
    const ExitStatus status =
        std::max(tell_findings(tool, recording.findings), tell_findings(tool, ring_findings(written->trust, {})));
    return written->left_out > 0 ? std::max(status, kIncomplete) : status;
}

}  // namespace kstrax
