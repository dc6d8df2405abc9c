// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/reports.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/support/words.hpp"

namespace kstrax::test {

MadeReport make_report(const Recording& recording, ReportKind kind, std::string_view format) {
    StringOutput output;
    const ReportRequest request{
        .kind = kind, .sink = find_sink(format), .tool = "test", .source = "image", .source_format = "test"};
    auto outcome = write_report(recording, request, output);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return {output.text(), std::move(outcome->findings)};
}

Result<OpenedDump> open_dump(const std::string& path) {
    auto file = MappedFile::open(path);
    if (!file) return file.error().in(path);
    auto memory = open_memory_source(*file);
    if (!memory) return memory.error();
    OpenedDump dump{std::move(*file), std::move(*memory), {}};
    dump.located = locate_anchors(*dump.memory);
    return dump;
}

Recording OpenedDump::recording() const {
    if (located.anchors.empty()) throw std::runtime_error("no anchor found");
    return open_recording(*memory, located, located.anchors.front());
}

Recording SearchedMemory::recording() const {
    if (located.anchors.empty()) throw std::runtime_error("no anchor found");
    return open_recording(view, located, located.anchors.front());
}

std::vector<std::string> lines_of(std::string_view text) { return split(text, '\n'); }

bool mentions(const std::vector<std::string>& sentences, std::string_view words) {
    return std::any_of(sentences.begin(), sentences.end(),
                       [&](const std::string& sentence) { return sentence.find(words) != sentence.npos; });
}

}  // namespace kstrax::test
