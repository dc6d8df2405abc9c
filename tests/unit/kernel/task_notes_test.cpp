// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel says of its tasks, in the report of what is in flight.
#include <boost/test/unit_test.hpp>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/session/dump_tasks.hpp"
#include "tests/support/kernel/task_kernel.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

DumpTasks notes_of(const TaskKernel& kernel, bool live = false) {
    KernelSpace space = kernel.space();
    const KernelTypes types = kernel.types();
    const KernelReader memory(space);
    auto list = read_tasks(memory, types.finder(), kernel.find(), kernel.memory().size());
    BOOST_TEST_REQUIRE(list.ok());
    auto calls = read_task_calls(memory, types.finder(), kernel.find(), list->tasks);
    BOOST_TEST_REQUIRE(calls.ok());
    return DumpTasks(std::move(*list), *calls, live, true);
}

std::string in_flight(std::string_view script, const TaskNotes& notes, std::string_view format = "text",
                      ReportKind kind = ReportKind::InFlight) {
    const RingImage image(script);
    const SearchedMemory memory(image.memory);
    StringOutput output;
    const ReportRequest request{.kind = kind,
                                .sink = find_sink(format),
                                .tool = "test",
                                .source = "image",
                                .source_format = "test",
                                .notes = &notes};
    BOOST_TEST_REQUIRE(write_report(memory.recording(), request, output).ok());
    return output.text();
}

bool has(const std::string& text, std::string_view words) { return text.find(words) != text.npos; }

// CPU 1 ran 101, which panicked; 100 waits, 300 is blocked and in no call.
TaskKernel panicked_kernel() {
    TaskKernel kernel;
    kernel.set(kernel.init(), "task_struct", "flags", 0x200000);
    const std::uint64_t leader = kernel.add_process(100, "server");
    kernel.run(1, kernel.add_thread(leader, 101, "evil\x1b[2J\"\n", 0));
    kernel.set(kernel.add_process(300, "jbd2/sda1-8", 2), "task_struct", "flags", 0x200000);
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
    BOOST_TEST(has(lines[3], "  IN  server           futex("));
    // By CPU, then by thread, in whatever order they are known.
    BOOST_TEST(lines[4] == "# on CPU 0: pid 0 swapper/0, RU, in no call");
    BOOST_TEST(lines[5] == "# blocked: pid 299 flush, UN, in no recorded call");
    BOOST_TEST(lines[6] == "# blocked: pid 300 jbd2/sda1-8, UN, in no call");
}

BOOST_AUTO_TEST_CASE(full_columns_name_the_tasks_of_calls) {
    const DumpTasks notes = notes_of(panicked_kernel());
    const RingImage image("0 90 tid=77 close\n0 95 tid=77 close = 0\n" + std::string(kUnstamped));
    const SearchedMemory memory(image.memory);
    const auto lines = [&](const TaskNotes* known) {
        StringOutput output;
        BOOST_TEST_REQUIRE(write_report(memory.recording(),
                                        {.kind = ReportKind::Paired,
                                         .tool = "test",
                                         .source = "image",
                                         .source_format = "test",
                                         .columns = ColumnSet::Full,
                                         .notes = known},
                                        output)
                               .ok());
        return lines_of(output.text());
    };
    const auto named = lines(&notes);
    BOOST_TEST(has(named[1], "  end                 duration  cpu  command          call"));
    BOOST_TEST(has(named[2], "       5ns    0  -                close("));
    BOOST_TEST(has(named[4], R"(   >200ns    0  evil\33[2J\"\n   write()"));
    BOOST_TEST(has(named[5], "   >100ns    0  server           futex("));
    // Nothing is known of any: the column would be empty.
    const auto nameless = lines(nullptr);
    BOOST_TEST(has(nameless[1], "  duration  cpu  call"));
    BOOST_TEST(has(nameless[2], "       5ns    0  close("));
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
    const std::uint64_t init = kernel.add_process(1, "init", 0);
    kernel.run(1, init);
    kernel.enter(init, 39);  // as if it were elsewhere
    constexpr std::string_view kExits = "0 100 tid=1 exit_group\n0 200 tid=7 exit_group\n";
    BOOST_TEST(!has(in_flight(kExits, notes_of(kernel)), "exit_group"));
    kernel.panic_on(1);
    const std::string text = in_flight(kExits, notes_of(kernel));
    BOOST_TEST(has(text, "exit_group"));
    BOOST_TEST(!has(text, "     7 "));
}

constexpr std::uint64_t kExitGroup = 231;

// As where its last file cannot be let go of.
BOOST_AUTO_TEST_CASE(an_exit_of_a_thread_that_is_still_there_is_in_flight) {
    TaskKernel kernel;
    kernel.enter(kernel.add_process(7, "hangs", 2), kExitGroup, {3});
    kernel.enter(kernel.add_process(8, "zombie", 0x20), kExitGroup, {3});
    const DumpTasks notes = notes_of(kernel);
    constexpr std::string_view kExits =
        "0 100 tid=7 exit_group args=3\n0 200 tid=8 exit_group args=3\n0 300 tid=9 exit_group args=3\n";
    const std::string text = in_flight(kExits, notes);
    BOOST_TEST(has(text, "  both    UN  hangs            exit_group(0x3)\n"));
    BOOST_TEST(!has(text, "zombie"));
    const std::string paired = in_flight(kExits, notes, "text", ReportKind::Paired);
    BOOST_TEST(has(paired, "exit_group(0x3) = ? <in flight>\n# lost"));
    BOOST_TEST(has(paired, "      8  22:13:20.000000200  -                   exit_group(0x3) = ? <never returns>\n"));
}

// CPU 1's exits are overwritten; CPU 0's entries are not.
constexpr std::string_view kOverwritten = R"(
    cpus 2
    entries 4
    0 100 tid=50 read args=1,2,3
    0 110 tid=51 read args=1,2,3
    0 120 tid=52 read args=1,2,3
    1 200 tid=60 getppid
    1 210 tid=60 getppid = 1
    1 220 tid=60 getppid
    1 230 tid=60 getppid = 1
    1 240 tid=60 getppid
    1 250 tid=60 getppid = 1
)";

BOOST_AUTO_TEST_CASE(a_thread_that_is_gone_or_elsewhere_has_left_its_call) {
    TaskKernel kernel;
    kernel.enter(kernel.add_process(51, "elsewhere", 1), 34);
    kernel.enter(kernel.add_process(52, "still", 1), 0, {1, 2, 3});
    const DumpTasks notes = notes_of(kernel);
    const std::string text = in_flight(kOverwritten, notes);
    BOOST_TEST(has(text, "still            read(0x1, 0x2, 0x3)\n"));
    BOOST_TEST(has(text, "elsewhere        pause()\n"));  // by its registers
    BOOST_TEST(!has(text, "elsewhere        read("));
    BOOST_TEST(!has(text, "     50 "));
    const std::string paired = in_flight(kOverwritten, notes, "text", ReportKind::Paired);
    BOOST_TEST(has(paired, "     50  22:13:20.000000100  -                   read(0x1, 0x2, 0x3) = ? <exit lost>\n"));
    BOOST_TEST(has(paired, "     51  22:13:20.000000110  -                   read(0x1, 0x2, 0x3) = ? <exit lost>\n"));
    BOOST_TEST(has(in_flight(kOverwritten, notes, "text", ReportKind::Summary), "# in flight at the end: 2\n"));
}

BOOST_AUTO_TEST_CASE(of_a_damaged_list_nobody_is_gone) {
    TaskKernel kernel;
    kernel.add_process(1, "init");
    kernel.drop(kernel.add_process(2, "lost"));
    const std::string text = in_flight(kOverwritten, notes_of(kernel));
    BOOST_TEST(has(text, "     50 "));
    BOOST_TEST(
        has(text, "\n# the list of tasks is damaged: calls of tasks that are not known (ST -) may have ended\n"));
}

// A blocked task's call, however long ago it began; a mark tells it from those that are recorded.
BOOST_AUTO_TEST_CASE(calls_that_only_registers_know) {
    TaskKernel kernel;
    kernel.enter(kernel.add_process(70, "blocked", 2), 0, {5, 6, 7});
    kernel.enter(kernel.add_process(71, "sleeps", 1), 0, {5, 6, 7});
    const std::uint64_t runs = kernel.add_process(72, "runs", 0);
    kernel.enter(runs, 1, {1, 2, 3});
    kernel.run(1, runs);
    const DumpTasks notes = notes_of(kernel);
    const std::string text = in_flight(kOverwritten, notes);
    BOOST_TEST(has(text,
                   "\n      -      70      70  -                                -  task    UN  blocked          "
                   "read(0x5, 0x6, 0x7)\n"));
    BOOST_TEST(has(text, "\n>     1      72      72  -  "));
    BOOST_TEST(has(text, "\n# task: the registers alone tell"));
    BOOST_TEST(has(text, "task    IN  sleeps           read(0x5, 0x6, 0x7)\n"));
    const std::string jsonl = in_flight(kOverwritten, notes, "jsonl");
    BOOST_TEST(has(
        jsonl,
        R"({"pid":70,"tgid":70,"cpu":null,"start_ns":null,"end_ns":null,"duration_ns":null,"abi":"native","nr":0,"name":"read","args":["0x5","0x6","0x7"],"ret":null,"error":null,"path":null,"path_end":null,"path_read":null,"state":"in_flight","command":"blocked","task_state":"UN","nspid":null,"off_cpu_ns":null,"source":"task"})"));
}

// Task work, as the last close of a file, is done behind the recorder's exit.
BOOST_AUTO_TEST_CASE(blocked_on_the_way_back_from_a_call) {
    TaskKernel kernel;
    const std::uint64_t task = kernel.add_process(80, "closes", 2);
    kernel.enter(task, 3, {3});
    kernel.set_register(task, "ax", 0);
    const DumpTasks notes = notes_of(kernel);
    constexpr std::string_view kClosed = "0 100 tid=80 close args=3\n0 150 tid=80 close = 0\n";
    BOOST_TEST(
        has(in_flight(kClosed, notes),
            "UN  closes           on its way back from close(0x3) = 0x0, which returned at 22:13:20.000000150\n"));
    const std::string jsonl = in_flight(kClosed, notes, "jsonl");
    BOOST_TEST(has(jsonl, R"("end_ns":150,)"));
    BOOST_TEST(has(
        jsonl,
        R"("state":"returning","command":"closes","task_state":"UN","nspid":null,"off_cpu_ns":null,"source":"both"})"));
    // Its records are overwritten: when it returned is not known.
    BOOST_TEST(has(in_flight(kOverwritten, notes), "UN  closes           on its way back from close(0x3)\n"));
}

BOOST_AUTO_TEST_CASE(where_the_witnesses_disagree_both_are_shown) {
    TaskKernel kernel;
    kernel.enter(kernel.add_process(90, "both", 2), 1, {9, 9, 9});
    const std::string text = in_flight("0 100 tid=90 read args=1,2,3\n", notes_of(kernel));
    BOOST_TEST(has(text, "  ring    UN  both             read(0x1, 0x2, 0x3) <its task is elsewhere>\n"));
    BOOST_TEST(has(text, "  task    UN  both             write(0x9, 0x9, 0x9)\n"));
}

// Both know it: the records' times, and a word that the registers agree.
BOOST_AUTO_TEST_CASE(who_tells_of_a_call) {
    TaskKernel kernel;
    kernel.enter(kernel.add_process(90, "agrees"), 0, {1, 2, 3});
    kernel.add_process(91, "unknown");
    kernel.enter(kernel.add_process(92, "unseen"), 1, {4, 5, 6});
    kernel.enter(kernel.add_process(93, "execs"), 59);
    constexpr std::string_view kCalls =
        "0 100 tid=90 read args=1,2,3\n0 200 tid=91 read args=1,2,3\n0 300 tid=93 execve args=7,8,9\n";
    const DumpTasks notes = notes_of(kernel);
    const std::string text = in_flight(kCalls, notes);
    BOOST_TEST(has(text, "  both    IN  agrees           read(0x1, 0x2, 0x3)\n"));
    BOOST_TEST(has(text, "  ring    IN  unknown          read(0x1, 0x2, 0x3)\n"));
    BOOST_TEST(has(text, "  task    IN  unseen           write(0x4, 0x5, 0x6)\n"));
    BOOST_TEST(has(text, "  both    IN  execs            execve(0x7, 0x8, 0x9)\n"));  // which has cleared its own
    const RingImage image(kCalls);
    const SearchedMemory memory(image.memory);
    StringOutput output;
    ReportRequest request{
        .kind = ReportKind::InFlight, .tool = "test", .source = "image", .source_format = "test", .notes = &notes};
    request.filter.conditions.push_back({"source==task", *Expression::parse("source==task")});
    BOOST_TEST_REQUIRE(write_report(memory.recording(), request, output).ok());
    BOOST_TEST(has(output.text(), "write("));
    BOOST_TEST(!has(output.text(), "read("));
}

BOOST_AUTO_TEST_CASE(tasks_without_a_call_are_rows_too) {
    TaskKernel kernel = panicked_kernel();
    const std::string jsonl = in_flight(kUnstamped, notes_of(kernel), "jsonl");
    BOOST_TEST(has(
        jsonl,
        R"("nr":null,"name":null,"args":null,"ret":null,"error":null,"path":null,"path_end":null,"path_read":null,"state":"no_call","command":"jbd2/sda1-8","task_state":"UN","nspid":null,"off_cpu_ns":null,"source":"task"})"));
    BOOST_TEST(has(jsonl, R"("state":"unknown_call","command":"flush")"));
    BOOST_TEST(has(in_flight(kUnstamped, notes_of(kernel), "csv"), ",no_call,jbd2/sda1-8,UN,,,task\n"));
}

BOOST_AUTO_TEST_CASE(the_panicked_then_the_blocked_then_the_longest) {
    TaskKernel kernel;
    kernel.run(1, kernel.add_process(3, "panics", 0));
    kernel.panic_on(1);
    kernel.add_process(1, "long", 1);
    kernel.add_process(2, "blocked", 2);
    kernel.add_process(4, "short", 1);
    const auto lines = lines_of(
        in_flight("0 100 tid=1 read\n0 200 tid=2 read\n0 300 tid=4 read\n0 400 tid=3 write\n", notes_of(kernel)));
    BOOST_TEST(has(lines[2], "panics"));
    BOOST_TEST(has(lines[3], "blocked"));
    BOOST_TEST(has(lines[4], "long"));
    BOOST_TEST(has(lines[5], "short"));
}

BOOST_AUTO_TEST_CASE(a_thread_by_its_containers_number) {
    TaskKernel kernel;
    kernel.contain(kernel.add_process(500, "contained"), 7);
    const DumpTasks notes = notes_of(kernel);
    BOOST_TEST(notes.nspid_of(500).value() == 7U);
    BOOST_TEST(!notes.nspid_of(501).has_value());
    const RingImage image("0 100 tid=500 read\n0 200 tid=501 write\n");
    const SearchedMemory memory(image.memory);
    for (const ReportKind kind : {ReportKind::InFlight, ReportKind::Paired, ReportKind::Raw}) {
        StringOutput output;
        ReportRequest request{
            .kind = kind, .tool = "test", .source = "image", .source_format = "test", .notes = &notes};
        request.filter.conditions.push_back({"nspid==7", *Expression::parse("nspid==7")});
        BOOST_TEST_REQUIRE(write_report(memory.recording(), request, output).ok());
        BOOST_TEST(has(output.text(), "read("));
        BOOST_TEST(!has(output.text(), "write("));
    }
}

BOOST_AUTO_TEST_CASE(nobody_runs_at_the_end_of_what_goes_on) {
    const DumpTasks notes = notes_of(panicked_kernel(), true);
    const auto all = notes.all();
    BOOST_TEST(std::ranges::count_if(all, is_noteworthy) == 2);  // those that are blocked
    BOOST_TEST(!notes.find(101)->running_on.has_value());
}

BOOST_AUTO_TEST_CASE(as_csv_and_jsonl) {
    const DumpTasks notes = notes_of(panicked_kernel());
    const std::string csv = in_flight(kUnstamped, notes, "csv");
    BOOST_TEST(has(csv, ",state,command,task_state,nspid,off_cpu_ns,source\n"));
    BOOST_TEST(has(csv, ",in_flight,server,IN,,,ring\n"));
    BOOST_TEST(has(in_flight(kUnstamped, notes, "jsonl"), R"("command":"server","task_state":"IN")"));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_says_nothing) {
    const RingImage image("0 100 tid=1 read\n");
    const SearchedMemory memory(image.memory);
    const auto space = find_kernel_space(memory.view, nullptr);
    BOOST_TEST_REQUIRE(!space.ok());
    BOOST_TEST(!space.error().message.empty());
}

BOOST_AUTO_TEST_SUITE_END()
