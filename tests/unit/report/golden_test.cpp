// SPDX-License-Identifier: GPL-2.0-or-later
// Whole reports, byte for byte: tests/golden/NAME.script becomes NAME.text,
// NAME.jsonl and NAME.csv, all five reports in each; NAME.text has those of full columns, too. After a change that is
// meant, `make golden` writes them anew: look at the difference before you commit.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/named_tasks.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

const std::filesystem::path kFolder = "tests/golden";  // the tests run in the project's folder

constexpr std::string_view kKindNames[] = {"summary", "paired", "raw", "statistics", "in flight", "tree"};

/// Text with more than the manual's columns; of paired reports, by themselves and with what is known of tasks.
std::string full_reports(const Recording& recording) {
    const NamedTasks tasks;
    struct Full {
        std::string_view title;
        ReportKind kind;
        const TaskNotes* notes;
    };
    std::string all;
    for (const Full& full : {Full{"paired, full", ReportKind::Paired, nullptr},
                             Full{"paired, full, with tasks", ReportKind::Paired, &tasks},
                             Full{"statistics, full", ReportKind::Statistics, nullptr}}) {
        StringOutput output;
        const auto outcome = write_report(recording,
                                          {.kind = full.kind,
                                           .tool = "test",
                                           .source = "image",
                                           .source_format = "test",
                                           .columns = ColumnSet::Full,
                                           .notes = full.notes},
                                          output);
        BOOST_TEST(outcome.ok());
        all.append("==== ").append(full.title).append("\n").append(output.text());
    }
    return all;
}

std::string all_reports(const Recording& recording, std::string_view format) {
    std::string all;
    for (std::size_t i = 0; i < std::size(kAllKinds); ++i) {
        all += "==== " + std::string(kKindNames[i]) + "\n";
        all += make_report(recording, kAllKinds[i], format).text;
    }
    if (format == "text") all += full_reports(recording);
    // The version changes with every release; the reports do not.
    const std::string version = R"("version":")" KSTRAX_VERSION "\"";
    for (std::size_t at = 0; (at = all.find(version, at)) != all.npos;)
        all.replace(at, version.size(), R"("version":"-")");
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(reports_are_as_expected) {
    const char* mode = std::getenv("KSTRAX_GOLDEN");
    const bool write = mode != nullptr && std::string_view(mode) == "write";
    std::size_t scripts = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
        if (entry.path().extension() != ".script") continue;
        ++scripts;
        const RingImage image(read_file(entry.path()));
        const TempFolder folder;
        const auto dump = open_dump(folder.write("dump", elf_core(image.memory)));
        BOOST_REQUIRE(dump.ok());
        const Recording recording = dump->recording();
        BOOST_TEST(recording.findings.empty());
        for (const SinkInfo& sink : sinks()) {
            std::filesystem::path expected = entry.path();
            expected.replace_extension(sink.name);
            const std::string got = all_reports(recording, sink.name);
            if (write) {
                std::ofstream(expected, std::ios::binary | std::ios::trunc) << got;
                continue;
            }
            BOOST_TEST_CONTEXT(expected) {
                BOOST_TEST(lines_of(got) == lines_of(read_file(expected)), boost::test_tools::per_element());
                BOOST_TEST((got == read_file(expected)));
            }
        }
    }
    BOOST_TEST(scripts >= 3U);
}

BOOST_AUTO_TEST_SUITE_END()
