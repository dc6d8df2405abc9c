// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel says of its tasks, in the report of what is in flight.
#include <boost/test/unit_test.hpp>

#include "analyzer/command/support/dump_tasks.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/task_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

DumpTasks notes_of(const TaskKernel& kernel, bool live = false) {
    KernelSpace space = kernel.space();
    const KernelTypes types = kernel.types();
    auto list = read_tasks(KernelReader(space), types.finder(), kernel.find(), kernel.memory().size());
    BOOST_TEST_REQUIRE(list.ok());
    return DumpTasks(std::move(*list), live);
}

std::string in_flight(std::string_view script, const TaskNotes& notes, Format format = Format::Text) {
    const RingImage image(script);
    const SearchedMemory memory(image.memory);
    StringOutput output;
    const ReportRequest request{.kind = ReportKind::InFlight, .format = format, .tool = "test", .source = "image",
                                .source_format = "test", .notes = &notes};
    BOOST_TEST_REQUIRE(write_report(memory.recording(), request, output).ok());
    return output.text();
}

bool has(const std::string& text, std::string_view words) { return text.find(words) != text.npos; }

// CPU 1 ran 101, which panicked; 100 waits, 300 is blocked and in no call.
TaskKernel panicked_kernel() {
    TaskKernel kernel;
    const std::uint64_t leader = kernel.add_process(100, "server");
    kernel.run(1, kernel.add_thread(leader, 101, "evil\x1b[2J\"\n", 0));
    kernel.add_process(300, "jbd2/sda1-8", 2);
    kernel.add_process(299, "flush", 2);
    kernel.panic_on(1);
    return kernel;
}

// A capture kernel's start leaves the recorder no time to stamp the end.
constexpr std::string_view kUnstamped = R"(
    0 100 tid=101/100 write args=1,2,3
    0 200 tid=100/100 futex
    0 300 tid=102/100 read
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(task_notes)

BOOST_AUTO_TEST_CASE(command_state_and_the_panicked_thread_first) {
    const DumpTasks notes = notes_of(panicked_kernel());
    const auto lines = lines_of(in_flight(kUnstamped, notes));
    BOOST_TEST_REQUIRE(lines.size() > 7U);
    BOOST_TEST(has(lines[2], "*     0     101     100"));
    BOOST_TEST(has(lines[2], R"(  RU  evil\33[2J\"\n   write()"));
    BOOST_TEST(has(lines[3], "102     100"));
    BOOST_TEST(has(lines[3], "  -   -                read("));  // a task that is gone
    BOOST_TEST(has(lines[4], "  IN  server           futex("));
    // By CPU, then by thread, in whatever order they are known.
    BOOST_TEST(lines[5] == "# on CPU 0: pid 0 swapper/0, RU, in no recorded call");
    BOOST_TEST(lines[6] == "# blocked: pid 299 flush, UN, in no recorded call");
    BOOST_TEST(lines[7] == "# blocked: pid 300 jbd2/sda1-8, UN, in no recorded call");
}

BOOST_AUTO_TEST_CASE(the_recorders_stamp_comes_before_the_kernels_word) {
    TaskKernel kernel = panicked_kernel();
    kernel.panic_on(0xffffffff);
    const std::string text = in_flight("panic 400 0 100\n" + std::string(kUnstamped), notes_of(kernel));
    const auto lines = lines_of(text);
    BOOST_TEST(has(lines[2], "*     0     100     100"));
    BOOST_TEST(has(text, "\n>     0     101     100"));
}

// As when init is killed: its exit is what the kernel panicked in.
BOOST_AUTO_TEST_CASE(the_panicked_threads_exit_is_in_flight) {
    TaskKernel kernel;
    kernel.run(1, kernel.add_process(1, "init", 0));
    constexpr std::string_view kExits = "0 100 tid=1 exit_group\n0 200 tid=7 exit_group\n";
    BOOST_TEST(!has(in_flight(kExits, notes_of(kernel)), "exit_group"));
    kernel.panic_on(1);
    const std::string text = in_flight(kExits, notes_of(kernel));
    BOOST_TEST(has(text, "exit_group"));
    BOOST_TEST(!has(text, "     7 "));
}

BOOST_AUTO_TEST_CASE(nobody_runs_at_the_end_of_what_goes_on) {
    const DumpTasks notes = notes_of(panicked_kernel(), true);
    BOOST_TEST(notes.noteworthy().size() == 2U);  // those that are blocked
    BOOST_TEST(!notes.find(101)->running_on.has_value());
}

BOOST_AUTO_TEST_CASE(as_csv_and_jsonl) {
    const DumpTasks notes = notes_of(panicked_kernel());
    const std::string csv = in_flight(kUnstamped, notes, Format::Csv);
    BOOST_TEST(has(csv, ",state,command,task_state\n"));
    BOOST_TEST(has(csv, ",in_flight,server,IN\n"));
    BOOST_TEST(has(in_flight(kUnstamped, notes, Format::Jsonl), R"("command":"server","task_state":"IN")"));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_says_nothing) {
    const RingImage image("0 100 tid=1 read\n");
    const SearchedMemory memory(image.memory);
    const auto tasks = read_dump_tasks(memory.view, memory.located, &memory.located.anchors.front());
    BOOST_TEST_REQUIRE(!tasks.ok());
    BOOST_TEST(!tasks.error().message.empty());
}

BOOST_AUTO_TEST_SUITE_END()
