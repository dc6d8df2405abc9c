// SPDX-License-Identifier: GPL-2.0-or-later
// The members of tasks by their structure alone, where the kernel tells no types: those that it has,
// or a sentence.
#include "analyzer/kernel/structure/task_structure.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/tasks.hpp"
#include "tests/support/kernel/task_kernel.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kStackMark = 0x57ac6e9d;

/// With all that real tasks have and others need not.
class WholeKernel : public TaskKernel {
  public:
    WholeKernel() : TaskKernel(false, 1), namespace_(make_bytes(64)), running_(make_bytes(8)) {
        forget("__per_cpu_offset");
        set(init(), "task_struct", "comm", std::string_view("swapper\0\0", 9));
        name("init_pid_ns", namespace_);
        name("current_task", running_);
        put(running_, init());
        complete(init(), 0, kKernelThread);
        process(1, "init", 1, 0);
        process(2, "kthreadd", 1, kKernelThread);
        for (Tid pid = 3; pid < 12; ++pid) process(pid, "kworker", 0x402, kKernelThread);
        last_ = process(100, "server", 2, 0);
    }

    std::uint64_t process(Tid pid, std::string_view command, std::uint64_t state, std::uint64_t flags) {
        const std::uint64_t task = add_process(pid, command, state);
        complete(task, pid, flags);
        put(at(task, "task_struct", "exit_state") + 8, 17, 4);
        processes_.push_back(task);
        return task;
    }
    [[nodiscard]] std::uint64_t last() const { return last_; }
    [[nodiscard]] const std::vector<std::uint64_t>& processes() const { return processes_; }

  private:
    void complete(std::uint64_t task, Tid pid, std::uint64_t flags) {
        set(task, "task_struct", "flags", flags);
        put(word(at(task, "task_struct", "stack")), kStackMark);
        const std::uint64_t numbers = make_bytes(128);
        set(task, "task_struct", "thread_pid", numbers);
        put(numbers + 64, pid, 4);
        put(numbers + 72, namespace_);
    }

    std::uint64_t namespace_, running_;
    std::uint64_t last_ = 0;
    std::vector<std::uint64_t> processes_;
};

Result<TaskStructure> open(const TaskKernel& kernel) {
    KernelSpace space = kernel.space();
    return TaskStructure::open(KernelReader(space), kernel.find());
}

void refused(const TaskKernel& kernel, std::string_view why) {
    const auto structure = open(kernel);
    BOOST_TEST_REQUIRE(!structure.ok());
    BOOST_TEST(structure.error().message.find(why) != std::string::npos, structure.error().message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(task_structure)

BOOST_AUTO_TEST_CASE(members_are_those_of_the_types) {
    WholeKernel kernel;
    kernel.add_thread(kernel.last(), 101, "thread", 0x402);
    const auto structure = open(kernel);
    BOOST_TEST_REQUIRE(structure.ok());
    const KernelTypes types = kernel.types();
    for (const char* member : {"tasks", "comm", "pid", "tgid", "stack", "__state", "flags", "exit_state", "signal",
                               "thread_node", "thread_pid"}) {
        const auto found = structure->finder()("task_struct", member);
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(found->offset == types.member("task_struct", member)->offset, member);
    }
    BOOST_TEST(structure->finder()("signal_struct", "thread_head")->offset == 16U);
    BOOST_TEST(structure->finder()("pid", "numbers")->offset == 64U);

    KernelSpace space = kernel.space();
    const auto list = read_tasks(KernelReader(space), structure->finder(), kernel.find(), kernel.memory().size());
    BOOST_TEST_REQUIRE(list.ok());
    BOOST_TEST(list->findings.empty());
    BOOST_TEST(list->tasks.size() == 14U);
    BOOST_TEST(list->tasks.back().command == "thread");
    BOOST_TEST(list->tasks.front().running_on.value() == 0U);
}

// Zero in most, and behind it the number of the usual signal: but nobody waits who has exited.
BOOST_AUTO_TEST_CASE(a_word_of_tasks_that_wait_is_no_exit_state) {
    WholeKernel kernel;
    constexpr std::uint64_t kNoMember = 3000;
    for (const std::uint64_t task : kernel.processes()) kernel.put(task + kNoMember + 8, 17, 4);
    refused(kernel, "2 places of tasks could be exit_state");
    kernel.put(kernel.last() + kNoMember, 0x10, 4);  // EXIT_DEAD
    const auto structure = open(kernel);
    BOOST_TEST_REQUIRE(structure.ok());
    BOOST_TEST(structure->finder()("task_struct", "exit_state")->offset ==
               kernel.types().member("task_struct", "exit_state")->offset);
}

BOOST_AUTO_TEST_CASE(what_does_not_hold_of_all_is_not_used) {
    using Break = void (*)(WholeKernel&);
    const std::pair<Break, std::string_view> broken[] = {
        {[](WholeKernel& k) { k.set(k.last(), "task_struct", "tgid", 7); }, "could be pid"},
        {[](WholeKernel& k) { k.put(k.word(k.at(k.last(), "task_struct", "stack")), 0); }, "could be stack"},
        {[](WholeKernel& k) { k.set(k.last(), "task_struct", "__state", 0x100000); }, "could be __state"},
        {[](WholeKernel& k) {
             k.put(k.last() + 48, kKernelThread, 4);
             k.set(k.init(), "task_struct", "flags", 0);
         },
         "could be flags"},
        {[](WholeKernel& k) { k.set(k.last(), "task_struct", "exit_state", 0x100); }, "could be exit_state"},
        {[](WholeKernel& k) { k.set(k.last(), "task_struct", "signal", 0x1000); }, "could be thread_node"},
        {[](WholeKernel& k) { k.set(k.last(), "task_struct", "thread_pid", 0); }, "could be thread_pid"},
        {[](WholeKernel& k) { k.set(k.last(), "task_struct", "comm", "no end of sixteen"); }, "through all tasks"},
        {[](WholeKernel& k) { k.put(k.at(k.last(), "task_struct", "tasks") + 8, k.init()); }, "through all tasks"},
        {[](WholeKernel& k) { k.forget("init_pid_ns"); }, "init_pid_ns"},
        {[](WholeKernel& k) {
             k.forget("current_task");
             k.forget("runqueues");
         },
         "runqueues"},
        {[](WholeKernel& k) { k.put(k.find()("current_task")->value, k.find()("init_pid_ns")->value); }, "is no task"},
    };
    for (const auto& [harm, why] : broken) {
        WholeKernel kernel;
        harm(kernel);
        refused(kernel, why);
    }
}

// Memory that makes every word of init_task a list that never ends, or of every word the same.
BOOST_DATA_TEST_CASE(memory_that_lies, bdata::make({0, 1, 2}), how) {
    WholeKernel kernel;
    const Architecture& architecture = *architecture_named("x86_64");
    const std::uint64_t init = kernel.init();
    const KernelReader memory(architecture, [how, init](std::uint64_t at, MutableBytes out) {
        for (std::size_t i = 0; i < out.size(); i += 8) {
            // Each word leads to the next 64 KiB, where the word behind leads back; to itself; or has a name.
            const std::uint64_t here = at + i;
            const std::uint64_t words[] = {(here & 8) != 0 ? here - 8 - 0x10000 : here + 0x10000,
                                           here & ~std::uint64_t{15}, 0x0072657070617773};
            std::memcpy(out.data() + i, &words[how], std::min<std::size_t>(8, out.size() - i));
        }
        return at >= init;
    });
    BOOST_TEST(!TaskStructure::open(memory, kernel.find()).ok());
}

BOOST_AUTO_TEST_SUITE_END()
