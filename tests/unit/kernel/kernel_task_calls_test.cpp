// SPDX-License-Identifier: GPL-2.0-or-later
// Which call a task is in, by the registers on its stack: and when those lead astray.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/task_calls.hpp"
#include "formats/kstrax_abi.h"
#include "tests/support/kernel/task_kernel.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kMinus1 = ~std::uint64_t{0};

struct Read {
    TaskList list;
    Result<std::vector<TaskCall>> calls;

    [[nodiscard]] const TaskCall& of(Tid pid) const {
        const auto found = std::ranges::find(list.tasks, pid, &KernelTask::pid);
        BOOST_TEST_REQUIRE((found != list.tasks.end()));
        BOOST_TEST_REQUIRE(calls.ok());
        return (*calls)[static_cast<std::size_t>(found - list.tasks.begin())];
    }
};

Read read(const TaskKernel& kernel) {
    KernelSpace space = kernel.space();
    const KernelTypes types = kernel.types();
    const KernelReader memory(space);
    auto list = read_tasks(memory, types.finder(), kernel.find(), kernel.memory().size());
    BOOST_TEST_REQUIRE(list.ok());
    auto calls = read_task_calls(memory, types.finder(), kernel.find(), list->tasks);
    return {std::move(*list), std::move(calls)};
}

bool is(const TaskCall& call, CallPlace place, std::uint16_t abi, std::uint16_t nr) {
    return call.place == place && call.abi == abi && call.nr == nr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_task_calls)

BOOST_DATA_TEST_CASE(inside_a_call_and_behind_one, bdata::make({0, 8, 16}), padding) {
    TaskKernel kernel;
    kernel.pad_stacks(static_cast<std::uint64_t>(padding));
    kernel.run(0, kernel.init());
    kernel.run(1, kernel.make_task(0, 0, "swapper/1", 0));
    kernel.enter(kernel.add_process(100, "reads"), 0, {3, 0x7fff0000, 4096, 1, 2, 5});
    const std::uint64_t closes = kernel.add_process(101, "closes", 2);
    kernel.enter(closes, 3, {7});
    kernel.set_register(closes, "ax", 0);
    const Read tasks = read(kernel);
    BOOST_TEST(is(tasks.of(100), CallPlace::Inside, KSTRAX_ABI_NATIVE, 0));
    const auto& args = tasks.of(100).args;
    BOOST_TEST((std::vector<std::uint64_t>(args.begin(), args.begin() + 6) ==
                std::vector<std::uint64_t>{3, 0x7fff0000, 4096, 1, 2, 5}));
    BOOST_TEST(is(tasks.of(101), CallPlace::Behind, KSTRAX_ABI_NATIVE, 3));
    BOOST_TEST(tasks.of(101).args[0] == 7U);
}

// Their registers hold what stood there last, or nothing.
BOOST_AUTO_TEST_CASE(tasks_that_are_in_no_call) {
    TaskKernel kernel;
    const std::uint64_t thread = kernel.add_process(10, "kthread", 2);
    kernel.enter(thread, 0);
    kernel.set(thread, "task_struct", "flags", kKernelThread);
    const std::uint64_t worker = kernel.add_process(11, "iou-wrk-9");
    kernel.enter(worker, 426);
    kernel.set(worker, "task_struct", "flags", 0x10);
    kernel.enter(kernel.add_process(12, "zombie", 0x20), 60);
    const std::uint64_t faults = kernel.add_process(13, "faults", 2);
    kernel.enter(faults, kMinus1);
    const std::uint64_t runs = kernel.add_process(14, "runs", 0);
    kernel.enter(runs, 39);
    kernel.set_register(runs, "ax", 13);
    kernel.run(1, runs);
    const Read tasks = read(kernel);
    for (const Tid pid : {10, 11, 12, 13, 14}) BOOST_TEST((tasks.of(pid).place == CallPlace::Nowhere), pid);
}

// 0x10 was PF_VCPU before there were io workers; no kernel has the second flag without user workers.
BOOST_AUTO_TEST_CASE(flags_mean_workers_only_where_the_kernel_has_them) {
    TaskKernel kernel;
    const std::uint64_t task = kernel.add_process(10, "task");
    kernel.enter(task, 16);
    kernel.set(task, "task_struct", "flags", 0x4000);
    BOOST_TEST(is(read(kernel).of(10), CallPlace::Inside, KSTRAX_ABI_NATIVE, 16));
}

BOOST_AUTO_TEST_CASE(the_other_tables) {
    TaskKernel kernel;
    const std::uint64_t compat = kernel.add_process(20, "int80");
    kernel.enter(compat, 3);
    kernel.set_register(compat, "ax", 0xffffffda);  // -ENOSYS of 32 bits
    kernel.set_register(compat, "bx", 9);
    kernel.put(compat + 16, 2, 4);  // thread_info.status
    kernel.enter(kernel.add_process(21, "x32"), 0x40000001);
    kernel.enter(kernel.add_process(22, "no call"), 100000);
    const Read tasks = read(kernel);
    BOOST_TEST(is(tasks.of(20), CallPlace::Inside, KSTRAX_ABI_COMPAT, 3));
    BOOST_TEST(tasks.of(20).args[0] == 9U);
    BOOST_TEST(is(tasks.of(21), CallPlace::Inside, KSTRAX_ABI_X32, 1));
    BOOST_TEST(is(tasks.of(22), CallPlace::Inside, KSTRAX_ABI_NATIVE, KSTRAX_NR_TOO_BIG));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_known) {
    TaskKernel kernel;
    const std::uint64_t lost = kernel.add_process(30, "lost");
    kernel.enter(lost, 0);
    for (std::uint64_t page = 0; page < 4; ++page)
        kernel.drop(kernel.word(kernel.at(lost, "task_struct", "stack")) + page * 4096);
    const std::uint64_t odd = kernel.add_process(31, "odd");  // no frame of an entry from user mode
    kernel.enter(odd, 0);
    kernel.set_register(odd, "cs", 0x10);
    kernel.set(kernel.add_process(32, "none"), "task_struct", "stack", 0);
    const Read tasks = read(kernel);
    for (const Tid pid : {30, 31, 32}) BOOST_TEST((tasks.of(pid).place == CallPlace::Unknown), pid);
}

// While a CPU changes from one task to the next, its pointers are of two.
BOOST_AUTO_TEST_CASE(one_cpu_is_between_two_tasks) {
    TaskKernel kernel(false, 4);
    const std::uint64_t task = kernel.add_process(40, "task");
    kernel.enter(task, 0);
    kernel.set(kernel.queue(0), "rq", "curr", task);
    BOOST_TEST(is(read(kernel).of(40), CallPlace::Inside, KSTRAX_ABI_NATIVE, 0));
}

// Before 5.13 the end of the stack stood in the CPU's task state segment.
BOOST_AUTO_TEST_CASE(the_top_in_a_task_state_segment) {
    TaskKernel kernel;
    kernel.enter(kernel.add_process(40, "task"), 0);
    kernel.name("cpu_tss_rw", kernel.find()("cpu_current_top_of_stack")->value - 12);
    kernel.forget("cpu_current_top_of_stack");
    BOOST_TEST(is(read(kernel).of(40), CallPlace::Inside, KSTRAX_ABI_NATIVE, 0));
}

BOOST_AUTO_TEST_CASE(what_it_needs) {
    TaskKernel kernel;
    kernel.forget("cpu_current_top_of_stack");
    BOOST_TEST_REQUIRE(!read(kernel).calls.ok());
    BOOST_TEST(read(kernel).calls.error().message.find("no CPU tells") != std::string::npos);

    const TaskKernel whole;
    KernelSpace space = whole.space();
    const KernelTypes types = whole.types();
    for (const std::string_view missing : {"pt_regs", "thread_info"}) {
        const FindMember member = [&](std::string_view type, std::string_view path) {
            return type == missing ? std::nullopt : types.finder()(type, path);
        };
        BOOST_TEST(!read_task_calls(KernelReader(space), member, whole.find(), {}).ok());
    }
    const FindMember absurd = [&](std::string_view type, std::string_view path) -> std::optional<Member> {
        if (type == "pt_regs")
            return Member{.offset = path.empty() ? 0 : 1ULL << 40, .size = path.empty() ? 1ULL << 41 : 8};
        return types.finder()(type, path);
    };
    BOOST_TEST(!read_task_calls(KernelReader(space), absurd, whole.find(), {}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
