// SPDX-License-Identifier: GPL-2.0-or-later
// The list of tasks in the forms that kernels have had, whole and damaged.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/tasks.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/kernel/task_kernel.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

Result<TaskList> try_to_read(const TaskKernel& kernel) {
    KernelSpace space = kernel.space();
    const KernelTypes types = kernel.types();
    return read_tasks(KernelReader(space), types.finder(), kernel.find(), kernel.memory().size());
}

TaskList read(const TaskKernel& kernel) {
    auto list = try_to_read(kernel);
    BOOST_TEST_REQUIRE(list.ok());
    return std::move(*list);
}

/// "0 1 100 101 100": the thread ids in their order.
std::string pids(const TaskList& list) {
    std::string text;
    for (const KernelTask& task : list.tasks) text += (text.empty() ? "" : " ") + std::to_string(task.pid);
    return text;
}

const KernelTask& task_of(const TaskList& list, Tid pid) {
    const auto found = std::ranges::find(list.tasks, pid, &KernelTask::pid);
    BOOST_TEST_REQUIRE((found != list.tasks.end()));
    return *found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_tasks)

BOOST_DATA_TEST_CASE(processes_threads_and_idle_tasks, bdata::make({false, true}), old) {
    TaskKernel kernel(old);
    kernel.add_process(1, "init");
    const std::uint64_t leader = kernel.add_process(100, "server", 2);
    kernel.add_thread(leader, 101, "worker \x1b[31m\xff", 0x402);
    kernel.add_thread(leader, 102, "a name cut short", 0);  // 16 bytes and no NUL
    const TaskList list = read(kernel);
    BOOST_TEST(list.findings.empty());
    BOOST_TEST(pids(list) == "0 1 100 101 102 0");
    BOOST_TEST(task_of(list, 102).tgid == 100U);
    BOOST_TEST(task_of(list, 101).command == "worker \x1b[31m\xff");
    BOOST_TEST(task_of(list, 102).command == "a name cut short");
    BOOST_TEST(state_name(task_of(list, 1).state) == "IN");
    BOOST_TEST(state_name(task_of(list, 100).state) == "UN");
    BOOST_TEST(state_name(task_of(list, 101).state) == "ID");
    BOOST_TEST(state_name(task_of(list, 102).state) == "RU");
}

BOOST_AUTO_TEST_CASE(who_runs_and_who_panicked) {
    TaskKernel kernel;
    const std::uint64_t leader = kernel.add_process(100, "server");
    const std::uint64_t thread = kernel.add_thread(leader, 101, "worker", 0);
    kernel.run(1, thread);
    TaskList list = read(kernel);
    BOOST_TEST(task_of(list, 101).running_on.value() == 1U);
    BOOST_TEST(!task_of(list, 100).running_on.has_value());
    BOOST_TEST(task_of(list, 0).running_on.value() == 0U);
    BOOST_TEST(std::ranges::count(list.tasks, true, &KernelTask::panicked) == 0);
    kernel.panic_on(1);
    list = read(kernel);
    BOOST_TEST(std::ranges::count(list.tasks, true, &KernelTask::panicked) == 1);
    BOOST_TEST(task_of(list, 101).panicked);
    kernel.panic_on(7);  // no such CPU
    list = read(kernel);
    BOOST_TEST(std::ranges::count(list.tasks, true, &KernelTask::panicked) == 0);
}

// A task that exits has left the list and still runs.
BOOST_AUTO_TEST_CASE(a_task_that_has_left_the_list) {
    TaskKernel kernel;
    kernel.run(0, kernel.make_task(77, 77, "gone", 0x80));
    kernel.panic_on(0);
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == "0 77 0");
    BOOST_TEST(task_of(list, 77).panicked);
    BOOST_TEST(state_name(task_of(list, 77).state) == "DE");
}

BOOST_AUTO_TEST_CASE(one_cpu_without_per_cpu_areas) {
    TaskKernel kernel(false, 1);
    kernel.add_process(1, "init");
    kernel.forget("__per_cpu_offset");
    kernel.forget("nr_cpu_ids");
    kernel.name("runqueues", kernel.queue(0));
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == "0 1");
    BOOST_TEST(task_of(list, 0).running_on.value() == 0U);
}

// Of a kernel whose symbols are functions only, init_task's own queue tells where they are.
BOOST_AUTO_TEST_CASE(run_queues_without_a_symbol) {
    TaskKernel kernel;
    const auto init = kernel.add_process(1, "init");
    kernel.run(1, init);
    kernel.forget("runqueues");
    const std::uint64_t fair = kernel.make("cfs_rq");
    kernel.set(fair, "cfs_rq", "rq", kernel.queue(0));
    kernel.set(kernel.at(kernel.init(), "task_struct", "se"), "sched_entity", "cfs_rq", fair);
    const TaskList list = read(kernel);
    BOOST_TEST(task_of(list, 1).running_on.value() == 1U);
    kernel.set(fair, "cfs_rq", "rq", kernel.queue(0) + 4096);  // of a CPU that is not there, or no queue
    kernel.put(kernel.queue(0) + 4096 + 2712, 99, 4);
    BOOST_TEST(!try_to_read(kernel).ok());
}

// A CPU that is possible and was never up, or has no area of its own, runs nothing.
BOOST_AUTO_TEST_CASE(cpus_that_are_not_there) {
    TaskKernel kernel(false, 4);
    kernel.add_process(1, "init");
    kernel.set(kernel.queue(2), "rq", "curr", 0);
    kernel.set(kernel.queue(3), "rq", "cpu", 0);
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == "0 1 0");
}

BOOST_AUTO_TEST_CASE(a_process_that_is_not_there) {
    TaskKernel kernel;
    kernel.add_process(1, "init");
    const std::uint64_t lost = kernel.add_process(2, "lost");
    kernel.add_process(3, "behind");
    kernel.drop(lost);
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == "0 1 3 0");
    BOOST_TEST_REQUIRE(list.findings.size() == 2U);
    BOOST_TEST(texts(list.findings)[0].find("cannot be read further") != std::string::npos);
    BOOST_TEST(witness_name(task_of(list, 1).known_by) == "list");
    BOOST_TEST(witness_name(task_of(list, 3).known_by) == "list backwards");
}

BOOST_AUTO_TEST_CASE(what_a_damaged_list_has_lost) {
    for (const bool by_pids : {false, true}) {
        TaskKernel kernel;
        const std::uint64_t first = kernel.add_process(1, "init");
        const std::uint64_t thread = kernel.add_thread(first, 10, "thread");
        const std::uint64_t last_thread = kernel.add_thread(first, 11, "thread");
        std::vector<std::uint64_t> tasks{first, thread, last_thread};
        for (const Tid pid : {2U, 3U, 4U, 5U}) tasks.push_back(kernel.add_process(pid, "process"));
        if (by_pids) kernel.number(tasks);
        // From 1 to 4, past 2 and 3; these lead back to 1 still, and 4 to 3.
        kernel.set(first, "task_struct", "tasks", kernel.at(tasks[5], "task_struct", "tasks"));
        const TaskList list = read(kernel);
        BOOST_TEST(pids(list) == "0 1 10 11 5 4 3 2 0");
        BOOST_TEST(texts(list.findings)[0].find("does not lead back") != std::string::npos);
        for (const Tid pid : {2U, 3U, 4U, 5U})
            BOOST_TEST(witness_name(task_of(list, pid).known_by) == "list backwards");
    }
}

// Both directions are broken, or the head closes too early: all that have a pid are there still.
BOOST_DATA_TEST_CASE(what_the_table_of_pids_knows, bdata::make({"tasks", "thread_node"}), member) {
    TaskKernel kernel;
    const std::uint64_t first = kernel.add_process(1, "init");
    std::vector<std::uint64_t> tasks{first};
    for (const Tid pid : {70U, 71U, 72U})
        tasks.push_back(std::string_view(member) == "tasks" ? kernel.add_process(pid, "process")
                                                            : kernel.add_thread(first, pid, "thread"));
    kernel.number(tasks);
    // One that is not what the table says is not believed.
    kernel.number([&] {
        std::vector<std::uint64_t> all = tasks;
        all.push_back(kernel.make_task(200, 200, "moved", 0));
        return all;
    }());
    kernel.set(kernel.at(tasks[1], "task_struct", member), "list_head", "next", kernel.init() + 64);
    kernel.set(kernel.at(tasks[3], "task_struct", member), "list_head", "prev", kernel.init() + 64);
    TaskList list = read(kernel);
    BOOST_TEST(witness_name(task_of(list, 72).known_by) ==
               (std::string_view(member) == "tasks" ? "list backwards" : "pid table"));
    BOOST_TEST(witness_name(task_of(list, 71).known_by) == "pid table");
    BOOST_TEST(texts(list.findings)[0].find("does not lead back") != std::string::npos);
}

// What skips to the list's end looks whole, but for its head.
BOOST_DATA_TEST_CASE(lists_that_end_too_early, bdata::make({"tasks", "thread_node"}), member) {
    TaskKernel kernel;
    const std::uint64_t first = kernel.add_process(1, "init");
    std::vector<std::uint64_t> tasks{first};
    const bool threads = std::string_view(member) == "thread_node";
    for (const Tid pid : {70U, 71U})
        tasks.push_back(threads ? kernel.add_thread(first, pid, "thread") : kernel.add_process(pid, "process"));
    kernel.number(tasks);
    const std::uint64_t signal = kernel.word(kernel.at(first, "task_struct", "signal"));
    kernel.set(
        tasks[1], "task_struct", member,
        threads ? kernel.at(signal, "signal_struct", "thread_head") : kernel.at(kernel.init(), "task_struct", member));
    const TaskList list = read(kernel);
    BOOST_TEST(texts(list.findings)[0].find("ends too early") != std::string::npos);
    BOOST_TEST(witness_name(task_of(list, 71).known_by) == (threads ? "pid table" : "list backwards"));
}

// Its leader knows the others, too.
BOOST_AUTO_TEST_CASE(a_process_whose_list_of_threads_has_no_head) {
    TaskKernel kernel;
    const std::uint64_t process = kernel.add_process(1, "init");
    kernel.add_thread(process, 10, "thread");
    kernel.add_thread(process, 11, "thread");
    kernel.add_process(2, "next");
    kernel.drop(kernel.word(kernel.at(process, "task_struct", "signal")));
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == "0 1 10 11 2 0");
    BOOST_TEST(list.findings.empty());
    BOOST_TEST(list.complete);
}

// The page with its command and what leads to its threads.
BOOST_DATA_TEST_CASE(a_task_without_one_of_its_pages, bdata::make({false, true}), numbered) {
    TaskKernel kernel;
    kernel.add_process(1, "init");
    const std::uint64_t process = kernel.add_process(2, "lost", 2);
    const std::uint64_t thread = kernel.add_thread(process, 20, "thread");
    kernel.add_process(3, "next");
    kernel.drop(kernel.at(process, "task_struct", "signal"));
    if (numbered) kernel.number({thread});
    const std::uint64_t counted = kernel.make_bytes(8);
    kernel.put(counted, 4, 4);
    kernel.name("nr_threads", counted);
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == (numbered ? "0 1 2 3 20 0" : "0 1 2 3 0"));
    const KernelTask& task = task_of(list, 2);
    BOOST_TEST(task.partial);
    BOOST_TEST(!task.named);
    BOOST_TEST(task.command == "?");
    BOOST_TEST(task.tgid == 2U);
    BOOST_TEST(state_name(task.state) == "UN");
    BOOST_TEST(!task_of(list, 3).partial);
    BOOST_TEST(list.complete == numbered);
    BOOST_TEST_REQUIRE(list.findings.size() == 3U);
    BOOST_TEST(texts(list.findings)[0].find("without its threads") != std::string::npos);
    BOOST_TEST(texts(list.findings)[1].find(numbered ? "of 4 threads that the kernel counts, 0 are missing"
                                                     : "of 4 threads that the kernel counts, 1 are missing") !=
               std::string::npos);
    BOOST_TEST(texts(list.findings)[2].find("of 1 tasks, parts are not in memory") != std::string::npos);
}

// What lies between two that are not there: the table of pids knows one, and that one its relatives.
BOOST_AUTO_TEST_CASE(what_only_relatives_know) {
    TaskKernel kernel;
    kernel.add_process(1, "init");
    const std::uint64_t first = kernel.add_process(2, "lost");
    const std::uint64_t known = kernel.add_process(3, "known");
    const std::uint64_t beside = kernel.add_process(4, "beside");
    const std::uint64_t thread = kernel.add_thread(beside, 40, "its thread");
    const std::uint64_t last = kernel.add_process(5, "lost");
    const std::uint64_t child = kernel.make_task(6, 6, "child", 1);
    const std::uint64_t false_child = kernel.make_task(7, 7, "false", 1);
    kernel.add_process(8, "last");
    for (const std::uint64_t task : {beside, thread, child}) (void)kernel.make_pid(task);
    kernel.adopt(known, child);
    kernel.adopt(known, false_child);  // which has no struct pid that leads back
    kernel.number({known});
    kernel.drop(first);
    kernel.drop(last);
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == "0 1 8 3 4 6 40 0");
    BOOST_TEST(witness_name(task_of(list, 8).known_by) == "list backwards");
    BOOST_TEST(witness_name(task_of(list, 3).known_by) == "pid table");
    for (const Tid pid : {4U, 6U, 40U}) BOOST_TEST(witness_name(task_of(list, pid).known_by) == "relatives");
    BOOST_TEST(!list.complete);
}

BOOST_DATA_TEST_CASE(lists_that_lead_in_circles, bdata::make({false, true}), threads) {
    TaskKernel kernel;
    const std::uint64_t first = kernel.add_process(1, "init");
    const std::uint64_t second = threads ? kernel.add_thread(first, 2, "thread") : kernel.add_process(2, "next");
    const char* member = threads ? "thread_node" : "tasks";
    const std::uint64_t third = threads ? kernel.add_thread(first, 3, "thread") : kernel.add_process(3, "next");
    kernel.put(kernel.at(third, "task_struct", member), kernel.at(second, "task_struct", member));
    const TaskList list = read(kernel);
    BOOST_TEST(pids(list) == "0 1 2 3 0");
    BOOST_TEST_REQUIRE(list.findings.size() == 2U);
    BOOST_TEST(texts(list.findings)[0].find("leads in a circle") != std::string::npos);
}

// A list whose members overlap would have millions of them.
BOOST_AUTO_TEST_CASE(no_more_tasks_than_memory_holds) {
    TaskKernel kernel;
    const std::uint64_t pages = kernel.make_bytes(64 * 4096);
    std::uint64_t before = kernel.init();
    for (std::uint64_t task = pages; task < pages + 50 * 4096; task += 16) {
        kernel.set(before, "task_struct", "tasks", task + 2200);
        kernel.put(task + 2208, before + 2200);
        before = task;
    }
    KernelSpace space = kernel.space();
    const KernelTypes types = kernel.types();
    const auto list = read_tasks(KernelReader(space), types.finder(), kernel.find(), 1 << 20);
    BOOST_TEST_REQUIRE(list.ok());
    BOOST_TEST(list->tasks.size() <= (1 << 20) / 6016 + 2U);
    BOOST_TEST_REQUIRE(!list->findings.empty());
}

BOOST_AUTO_TEST_CASE(what_it_needs) {
    for (const char* symbol : {"init_task", "runqueues"}) {
        TaskKernel kernel;
        kernel.forget(symbol);
        const auto list = try_to_read(kernel);
        BOOST_TEST_REQUIRE(!list.ok());
        BOOST_TEST(list.error().message.find(symbol) != std::string::npos);
    }
    TaskKernel kernel;
    KernelSpace space = kernel.space();
    const TypedKernel other(
        {{"rq", 16, {{"curr", "ptr", 0}, {"idle", "ptr", 8}}}, {"task_struct", 8, {{"pid", "int", 0}}}});
    const KernelTypes types = other.types();
    const auto list = read_tasks(KernelReader(space), types.finder(), kernel.find(), 1 << 20);
    BOOST_TEST_REQUIRE(!list.ok());
    BOOST_TEST(list.error().message.find("task_struct") != std::string::npos);
}

// Whatever BTF says of task_struct, nothing is read or allocated beyond reason.
BOOST_AUTO_TEST_CASE(absurd_offsets) {
    TaskKernel kernel;
    KernelSpace space = kernel.space();
    const TypedKernel absurd({{"list_head", 16, {{"next", "ptr", 0}}},
                              {"signal_struct", 64, {{"thread_head", "list_head", 8}}},
                              {"rq", 16, {{"curr", "ptr", 0}, {"idle", "ptr", 8}}},
                              {"task_struct",
                               1 << 28,
                               {{"tasks", "list_head", 0},
                                {"pid", "int", 16},
                                {"tgid", "int", 20},
                                {"comm", "char[100000000]", 24},
                                {"__state", "int", 1 << 27},
                                {"exit_state", "int", 32},
                                {"signal", "ptr", 40},
                                {"thread_node", "list_head", 48}}}});
    const KernelTypes types = absurd.types();
    const auto list = read_tasks(KernelReader(space), types.finder(), kernel.find(), 1 << 20);
    BOOST_TEST_REQUIRE(!list.ok());
    BOOST_TEST((list.error().code == ErrorCode::Corrupt));
}

BOOST_AUTO_TEST_CASE(states) {
    const std::pair<std::uint64_t, std::string_view> known[] = {
        {0, "RU"},     {1, "IN"},     {2, "UN"},      {0x102, "UN"},  {0x402, "ID"},  {4, "ST"},         {0x104, "ST"},
        {8, "TR"},     {0x10, "DE"},  {0x80, "DE"},   {0x90, "DE"},   {0x20, "ZO"},   {0xa0, "ZO"},      {0x40, "PA"},
        {0x800, "NE"}, {0x200, "WA"}, {0x1000, "UN"}, {0x8000, "UN"}, {0x2001, "IN"}, {1ULL << 40, "??"}};
    for (const auto& [state, name] : known) BOOST_TEST(state_name(state) == name);
}

BOOST_AUTO_TEST_SUITE_END()
