// SPDX-License-Identifier: GPL-2.0-or-later
// Text reports read back by kstrax-filter. An input: which filter, and the report.
#include <optional>

#include "analyzer/lines/line_filter.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::fuzz {

namespace {

std::vector<Filter> filters() {
    std::vector<Filter> all(1);
    for (const char* text : {"pid==10", "call in FILE", "duration>1us", "error==EINTR", "path~\"*ring*\"",
                             "state==in_flight or ret>=0", "time>=22:13"})
        all.emplace_back().conditions.push_back({text, Expression::parse(text).value()});
    all.emplace_back().names_only = true;
    all.emplace_back().calls = {"openat", "NETWORK"};
    all.emplace_back().tasks = {10, 12};
    all.emplace_back().opened = true;
    return all;
}

/// What a filter lets through of a text; none where the text is no report.
std::optional<std::string> through(const Filter& filter, Bytes text, LineFilterOutcome& outcome) {
    const MemoryFile file;
    file.fill(text);
    test::StringOutput output;
    const auto read = filter_lines(file.descriptor(), filter, output);
    if (!read) return std::nullopt;
    outcome = *read;
    return output.text();
}

/// The lines that are no comments: each filter adds a comment of its own.
std::string rows_of(std::string_view text) {
    std::string rows;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
        if (!text.starts_with('#')) rows += text.substr(0, size);
        text.remove_prefix(size);
    }
    return rows;
}

void run(Bytes bytes) {
    static const std::vector<Filter> all = filters();
    Input input(bytes);
    const Filter& filter = all[input.byte() % all.size()];
    LineFilterOutcome outcome;
    const auto once = through(filter, input.rest(), outcome);
    if (!once || filter.names_only) return;
    LineFilterOutcome again;
    const auto twice = through(filter, as_bytes(*once), again);
    if (!twice) return;
    require(again.unknown == 0, "what a filter lets through is a report");
    require(rows_of(*twice) == rows_of(*once), "what a filter lets through it lets through again");
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (const std::string& script : scripts()) {
        const test::RingImage image(script);
        const test::SearchedMemory searched(image.memory);
        const Recording recording = searched.recording();
        for (const ReportKind kind : {ReportKind::Paired, ReportKind::Raw, ReportKind::Statistics}) {
            const std::string text = test::make_report(recording, kind).text;
            for (std::uint8_t filter = 0; filter < 12; filter += 3) all.push_back(packed(filter) + text);
        }
    }
    return all;
}

}  // namespace

extern const Target kLines;
const Target kLines{"lines", 8192, run, seeds};

}  // namespace kstrax::fuzz
