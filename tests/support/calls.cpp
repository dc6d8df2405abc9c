// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/calls.hpp"

#include <fmt/core.h>

#include "analyzer/views/views.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/words.hpp"

namespace kstrax::test {

std::string describe_call(const Call& call, const CallNames& names) {
    constexpr std::string_view kPrefixes[] = {"", "compat:", "x32:"};
    const Syscall* known = names.find(call.abi, call.nr);
    std::string line = std::to_string(call.tid);
    if (call.tgid != call.tid && call.tgid != 0) line += "/" + std::to_string(call.tgid);
    line += " ";
    line += kPrefixes[call.abi < 3 ? call.abi : 0];
    if (known != nullptr) line += known->name;
    else line += call.nr == KSTRAX_NR_NONE ? "-1" : "syscall_" + std::to_string(call.nr);
    line += " ";
    if (call.has_entry) line += std::to_string(call.start);
    line += "-";
    if (call.has_exit) line += std::to_string(call.end);
    line += " ";
    line += describe(call.state).name;
    if (call.has_exit) line += " = " + std::to_string(static_cast<std::int64_t>(call.ret));
    if (call.has_path) line += " \"" + call.path + (call.path_cut ? "\"..." : "\"");
    return line;
}

std::vector<std::string> paired_calls(const Memory& memory) {
    const SearchedMemory searched(memory);
    const Recording recording = searched.recording();
    ReportContext context(recording);
    std::vector<std::string> lines;
    (void)pair_recording(context, [&](const Call& call) { lines.push_back(describe_call(call, context.names)); });
    return lines;
}

std::vector<std::string> paired_in_order(const Memory& memory) {
    const SearchedMemory searched(memory);
    const Recording recording = searched.recording();
    const CallNames names(recording.facts.audit_arch);
    const Tid panicked = recording.end.time_ns != 0 ? std::uint32_t{recording.end.pid} : 0;
    MergedRecords records(recording);
    std::vector<std::string> lines;
    Pairer pairer(names, panicked, [&](const Call& call) { lines.push_back(describe_call(call, names)); });
    while (const Record* record = records.next()) pairer.feed(*record, records.loss());
    pairer.feed_end(records.loss());
    pairer.finish();
    return lines;
}

std::size_t paired_records(const Memory& memory) {
    const SearchedMemory searched(memory);
    const Recording recording = searched.recording();
    ReportContext context(recording);
    std::size_t count = 0;
    (void)pair_recording(context,
                         [&](const Call& call) { count += (call.has_entry ? 1U : 0U) + (call.has_exit ? 1U : 0U); });
    return count;
}

std::vector<std::string> paired_calls(std::string_view script) { return paired_calls(RingImage(script).memory); }

std::vector<std::string> expected_lines(std::string_view text) {
    std::vector<std::string> lines;
    for (std::string line : split(text, '\n')) {
        line.erase(0, line.find_first_not_of(' '));
        line.erase(line.find_last_not_of(' ') + 1);
        if (!line.empty()) lines.push_back(line);
    }
    return lines;
}

std::vector<std::string> merged_records(const Memory& memory) {
    const SearchedMemory searched(memory);
    const Recording recording = searched.recording();
    MergedRecords records(recording);
    std::vector<std::string> lines;
    while (const Record* record = records.next())
        lines.push_back(fmt::format("{} {} {}", record->cpu, record->position, record->entry.time));
    return lines;
}

}  // namespace kstrax::test
