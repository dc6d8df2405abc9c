// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/rings/reports.hpp"

#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/text/parse_back.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::fuzz {

namespace {

constexpr std::string_view kRecords = R"(cpus 2
    entries 70
    panic 900 0 10
    0 100 tid=10 openat args=-100,0x1000 path="/a/somewhat/longer/name/that/needs/more/than/one/slot/of/the/ring"
    0 150 tid=10 openat = 3
    0 160 tid=11/10 execve
    0 170 tid=10 execve = 0
    1 155 tid=12 clone
    1 160 tid=12 clone = 13
    0 165 tid=13 clone = 0
    1 170 tid=12 read
    0 180 tid=12 read = -EINTR
    1 torn
    1 300 tid=12 exit_group
)";

}  // namespace

std::span<const std::string> scripts() {
    static const std::string all[] = {std::string(kRecords), "layout ia32\n" + std::string(kRecords),
                                      "layout ia64\n" + std::string(kRecords)};
    return all;
}

void report(const Recording& recording, std::uint8_t choice) {
    const auto kinds = std::span(test::kAllKinds);
    const ReportKind kind = kinds[choice % kinds.size()];
    const SinkInfo& sink = sinks()[choice / kinds.size() % sinks().size()];
    const bool sequence = kind == ReportKind::Paired || kind == ReportKind::Raw;
    const TimeForm form = kTimeForms[choice / 16 % kTimeForms.size()].form;
    const bool by_clock = sink.takes_lines && (sequence || form != TimeForm::Delta);
    test::StringOutput output;
    const auto outcome = write_report(recording,
                                      {.kind = kind,
                                       .sink = &sink,
                                       .tool = "fuzz",
                                       .source = "image",
                                       .source_format = "test",
                                       .times = by_clock ? TimeStyle{form, choice % 2 == 0, 9} : TimeStyle{},
                                       .columns = choice % 3 == 0 ? ColumnSet::Full : ColumnSet::Manual,
                                       .meanings = choice % 2 == 1},
                                      output);
    require(outcome.ok(), "a recording that was opened can be reported");
    check_output(sink.name, output.text());
}

void report_file(const Importer& importer, Bytes bytes) {
    Input input(bytes);
    const std::uint8_t choice = input.byte();
    const MemoryFile file;
    file.fill(input.rest());
    const ImportInput named{.names = {file.path()}, .name = {}, .tell_step = {}};
    if (input.empty() || !importer.sniff(named)) return;
    const auto import = importer.find(named);
    require(import.ok(), "a file that is there is found");
    const auto opened = (*import)->open(nullptr);
    if (!opened) {
        require(opened.error().message.starts_with(file.path() + ": "), "an error names its file");
        return;
    }
    report(opened->recording, choice);
}

}  // namespace kstrax::fuzz
