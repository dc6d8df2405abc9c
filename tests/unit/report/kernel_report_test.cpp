// SPDX-License-Identifier: GPL-2.0-or-later
// Reports of a kernel itself, in every form, without any recording.
#include "analyzer/report/kernel_report.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/findings.hpp"
#include "tests/support/kernel/kallsyms_image.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kText = KallsymsImage::kText;
constexpr std::uint64_t kVariables = kText + 0x40000;
constexpr std::uint64_t kBuffer = kText + 0x41000;

constexpr std::string_view kLog =
    "<6>[    0.000000] Linux \"version\"\n<3>[   12.345678] hostile \x1b[2J\\ \xff\n<4>[   12.445678] warning";

const KernelReport& row_of(std::string_view name) {
    return *std::ranges::find(kernel_reports(), name, &KernelReport::name);
}
const KernelReport& log_row() { return row_of("log"); }

/// A kernel with a log of lines, the form that is quickest to make.
struct LoggingKernel {
    LoggingKernel() : image({}, {{kText, 'T', "_stext"}}), source(image.memory) {
        image.map(kVariables);
        image.map(kBuffer);
        std::uint64_t at = kVariables;
        for (const auto& [name, value] : {std::pair<const char*, std::uint64_t>{"log_buf", kBuffer},
                                          {"log_buf_len", 8192},
                                          {"log_end", kLog.size()}}) {
            image.vmcoreinfo += fmt::format("SYMBOL({})={:x}\n", name, at);
            image.write(at, bytes_of(value));
            at += 8;
        }
        image.write(kBuffer, as_bytes(kLog));
    }
    Result<KernelBody> report(const char* sink, TimeStyle times = *log_row().times, bool colors = false,
                              std::span<const Condition> conditions = {}) {
        auto space = KernelSpace::open(source, image.vmcoreinfo);
        BOOST_TEST_REQUIRE(space.ok());
        DumpedKernel kernel(source, std::move(*space));
        StringOutput output;
        auto body = write_kernel_report({.report = log_row(),
                                         .sink = *find_sink(sink),
                                         .tool = "test",
                                         .source = "image",
                                         .source_format = "test",
                                         .context = {.kernel = kernel,
                                                     .times = times,
                                                     .recording = nullptr,
                                                     .conditions = conditions,
                                                     .colors = colors,
                                                     .cancel = nullptr}},
                                        output);
        text = output.text();
        return body;
    }
    KallsymsImage image;
    MemoryView source;
    std::string text;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_report)

BOOST_AUTO_TEST_CASE(text_is_dmesgs_and_escaped) {
    LoggingKernel kernel;
    const auto body = kernel.report("text");
    BOOST_TEST_REQUIRE(body.ok());
    BOOST_TEST(body->rows == 3U);
    BOOST_TEST(body->findings.empty());
    BOOST_TEST(kernel.text ==
               "# kstrax log report of Linux 6.1.0-test (x86_64); times are seconds of its local clock\n"
               "[    0.000000] Linux \"version\"\n"
               "[   12.345678] hostile \\x1b[2J\\ \\xff\n"
               "[   12.445678] warning\n"
               "# 3 records\n");
}

std::vector<Condition> conditions_of(const KernelReport& report, std::string_view words) {
    auto expression = Expression::parse(words, report.fields());
    BOOST_TEST_REQUIRE(expression.ok());
    return {{std::string(words), std::move(*expression)}};
}

BOOST_AUTO_TEST_CASE(a_filter_chooses_lines_and_counts_the_others) {
    LoggingKernel kernel;
    const KernelReport& log = log_row();
    const auto chosen = conditions_of(log, "time>=12.4s && level==warn");
    const auto body = kernel.report("text", *log.times, false, chosen);
    BOOST_TEST_REQUIRE(body.ok());
    BOOST_TEST(body->rows == 1U);
    BOOST_TEST(body->left_out == 2U);
    BOOST_TEST(kernel.text ==
               "# kstrax log report of Linux 6.1.0-test (x86_64); times are seconds of its local clock\n"
               "# only: time>=12.4s && level==warn\n"
               "[   12.445678] warning\n"
               "# 1 records; 2 left out by the filter\n");
    BOOST_TEST(kernel.report("jsonl", *log.times, false, conditions_of(log, "text~\"*version*\"")).ok());
    BOOST_TEST(lines_of(kernel.text).size() == 3U);
    BOOST_TEST(kernel.text.find(R"("filter":"text~\"*version*\"")") != kernel.text.npos);
    BOOST_TEST(kernel.text.find(R"("rows":1,"left_out":2)") != kernel.text.npos);
}

// The grammar is that of calls; the fields are the report's own.
BOOST_AUTO_TEST_CASE(every_report_has_fields_to_ask_for) {
    for (const KernelReport& report : kernel_reports()) {
        if (report.fields == nullptr) continue;
        const auto refused = Expression::parse("pid && duration>1s", report.fields());
        BOOST_TEST_REQUIRE(!refused.ok());
        BOOST_TEST(refused.error().message.starts_with("no field 'duration'"));
        BOOST_TEST(refused.error().quote.value().at == 7U);
        for (const FieldInfo& field : report.fields()) BOOST_TEST(Expression::parse(field.name, report.fields()).ok());
    }
    const auto tasks = row_of("tasks").fields();
    BOOST_TEST(Expression::parse("state==UN && path~\"/srv/*\" && off_cpu>1s && call in FILE", tasks).ok());
    BOOST_TEST(!Expression::parse("call==opne", tasks).ok());
    BOOST_TEST(!Expression::parse("off_cpu>1", tasks).ok());
}

BOOST_AUTO_TEST_CASE(levels_are_colours) {
    LoggingKernel kernel;
    BOOST_TEST(kernel.report("text", *log_row().times, true).ok());
    BOOST_TEST(kernel.text.find("\n[    0.000000] Linux") != std::string::npos);
    BOOST_TEST(kernel.text.find("[   12.345678] \x1b[31mhostile") != std::string::npos);
    BOOST_TEST(kernel.text.find("[   12.445678] \x1b[33mwarning\x1b[0m\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_times) {
    LoggingKernel kernel;
    BOOST_TEST(kernel.report("text", {.form = TimeForm::Delta, .local = false, .digits = 3}).ok());
    BOOST_TEST(kernel.text.find("\n[    0.000] Linux") != std::string::npos);
    BOOST_TEST(kernel.text.find("\n[   12.345] hostile") != std::string::npos);
    BOOST_TEST(kernel.text.find("\n[    0.100] warning") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(csv_and_jsonl) {
    LoggingKernel kernel;
    BOOST_TEST(kernel.report("csv").ok());
    BOOST_TEST(kernel.text ==
               "seq,time_ns,level,facility,caller,continues,subsystem,device,text\n"
               ",0,info,kern,,0,,,\"Linux \\\"\"version\\\"\"\"\n"
               ",12345678000,err,kern,,0,,,hostile \\33[2J\\\\ \\377\n"
               ",12445678000,warn,kern,,0,,,warning\n");
    BOOST_TEST(kernel.report("jsonl").ok());
    BOOST_TEST(kernel.text.find(R"("report":"log")") != std::string::npos);
    BOOST_TEST(kernel.text.find(R"("level":"err","facility":"kern","caller":null,"continues":0,"subsystem":null,)"
                                R"("device":null,"text":"hostile \u001b[2J\\ \ufffd"})") != std::string::npos);
    BOOST_TEST(kernel.text.find(R"({"type":"trailer","rows":3,"form":"log_buf of lines","overwritten":null,)"
                                R"("damage":[],"findings":[]})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(damage_is_told_and_what_is_not_there_is_an_error) {
    LoggingKernel kernel;
    kernel.image.drop_page(kBuffer);
    const auto body = kernel.report("jsonl");
    BOOST_TEST_REQUIRE(body.ok());
    BOOST_TEST(has(body->findings, FindingId::LogDamaged));
    BOOST_TEST(kernel.text.find(R"("id":"log_damaged","severity":"incomplete","count":1)") != std::string::npos);
    kernel.image.drop_page(kVariables);
    BOOST_TEST(!kernel.report("text").ok());
    BOOST_TEST(kernel.text == "");
}

BOOST_AUTO_TEST_SUITE_END()
