// SPDX-License-Identifier: GPL-2.0-or-later
// Which lock a task waits for: by the waiter on its stack, and by what the kernel keeps.
#include "analyzer/kernel/locks/lock_waits.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/typed_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::vector<BtfStruct> structs(bool blocker, bool first) {
    const BtfMember queue = first ? BtfMember{"first_waiter", "ptr", 24} : BtfMember{"wait_list", "list_head", 24};
    std::vector<BtfMember> task{{"pi_blocked_on", "ptr", 64}};
    if (blocker) task.push_back({"blocker", "long", 72});
    return {{"list_head", 16, {{"next", "ptr", 0}, {"prev", "ptr", 8}}},
            {"mutex", 32, {{"owner", "long", 0}, {"wait_list", "list_head", 16}}},
            {"mutex_waiter", 40, {{"list", "list_head", 0}, {"task", "ptr", 16}}},
            {"rw_semaphore", 40, {{"count", "long", 0}, {"owner", "long", 8}, queue}},
            {"rwsem_waiter", 40, {{"list", "list_head", 0}, {"task", "ptr", 16}}},
            {"rt_mutex_waiter", 64, {{"lock", "ptr", 56}}},
            {"rt_mutex_base", 32, {{"owner", "ptr", 24}}},
            {"wait_queue_entry",
             40,
             {{"flags", "int", 0}, {"private", "ptr", 8}, {"func", "ptr", 16}, {"entry", "list_head", 24}}},
            {"wait_queue_head", 24, {{"lock", "long", 0}, {"head", "list_head", 8}}},
            {"percpu_rw_semaphore", 96, {{"rss", "long", 0}, {"waiters", "wait_queue_head", 64}}},
            {"task_struct", 4096, task}};
}

struct LockKernel : TypedKernel {
    explicit LockKernel(bool blocker = false, bool first = false) : TypedKernel(structs(blocker, first)) {
        text = make_bytes(4096);
        name("_stext", text);
        name("_etext", text + 4096);
        for (Tid pid = 1; pid <= 3; ++pid) {
            KernelTask& task = tasks.emplace_back();
            task.address = {make("task_struct")};
            task.pid = pid;
        }
    }
    std::uint64_t empty_list(std::uint64_t head) {
        put(head, head);
        put(head + 8, head);
        return head;
    }
    /// A stack with a waiter of the task's on it, at the end of the list at `head` (0: alone); the address of its node.
    std::uint64_t wait(std::size_t task, std::uint64_t head) {
        const std::uint64_t begin = make_bytes(4096);
        stacks.push_back({.frames = {{.code = {text + 1}, .slot = {}}}, .end = StackEnd::UserMode, .sp = begin});
        const std::uint64_t node = begin + 256;
        put(begin + 64, tasks[task].address.value);  // a register that was saved: no waiter
        if (head != 0) append(head, node);
        else empty_list(node);
        put(node + 16, tasks[task].address.value);
        return node;
    }
    std::optional<LockWait> read(std::string function, std::size_t task, const KernelStack& stack) {
        return read(std::map<std::uint64_t, std::string>{{text, std::move(function)}}, task, stack);
    }
    std::optional<LockWait> read(const std::map<std::uint64_t, std::string>& functions, std::size_t task,
                                 const KernelStack& stack) {
        KernelSpace memory = space();
        const KernelTypes known = types();
        const auto nearest = [&](VirtAddr at) {
            const auto function = std::prev(functions.upper_bound(at.value));
            return std::optional(NearestSymbol{{function->first}, function->second});
        };
        CodeNames names(KernelReader(memory), known.finder(), find(), nearest, {});
        return LockReader(KernelReader(memory), known.finder(), tasks, names).of(tasks[task], stack);
    }
    std::uint64_t text = 0;
    std::vector<KernelTask> tasks;
    std::vector<KernelStack> stacks;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lock_waits)

BOOST_AUTO_TEST_CASE(a_mutex_by_its_queue) {
    LockKernel kernel;
    const std::uint64_t lock = kernel.make("mutex");
    kernel.put(lock, kernel.tasks[2].address.value | 1);  // it has waiters
    const std::uint64_t head = kernel.empty_list(lock + 16);
    kernel.wait(0, head);
    kernel.wait(1, head);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto wait = kernel.read("__mutex_lock.constprop.0", i, kernel.stacks[i]);
        BOOST_TEST_REQUIRE(wait.has_value());
        BOOST_TEST((wait->kind == LockKind::Mutex));
        BOOST_TEST(wait->lock.value == lock);
        BOOST_TEST(*wait->owner == 2U);
        BOOST_TEST(!wait->owner_reads);
    }
    BOOST_TEST(!kernel.read("futex_wait", 0, kernel.stacks[0]).has_value());
    kernel.put(lock, 0);  // handed over: nobody has it at the moment
    BOOST_TEST(!kernel.read("__mutex_lock", 0, kernel.stacks[0])->owner.has_value());
}

// The list of tasks may be broken: another's waiter is not to be taken for the lock.
BOOST_AUTO_TEST_CASE(a_waiter_whose_task_is_not_known) {
    LockKernel kernel;
    const std::uint64_t lock = kernel.make("mutex");
    const std::uint64_t head = kernel.empty_list(lock + 16);
    kernel.wait(0, head);
    kernel.wait(1, head);
    kernel.wait(2, head);
    const auto lock_of_the_first = [&] { return kernel.read("__mutex_lock", 0, kernel.stacks[0])->lock.value; };
    BOOST_TEST(lock_of_the_first() == lock);
    kernel.tasks.pop_back();
    BOOST_TEST(lock_of_the_first() == 0U);
}

// Its page is not in the dump: where both ends of the queue lead, it lies.
BOOST_AUTO_TEST_CASE(a_lock_that_is_not_in_memory) {
    LockKernel kernel;
    const std::uint64_t lock = kernel.make("mutex");
    const std::uint64_t head = kernel.empty_list(lock + 16);
    kernel.wait(0, head);
    kernel.wait(1, head);
    kernel.drop(lock);
    for (std::size_t i = 0; i < 2; ++i)
        BOOST_TEST(kernel.read("__mutex_lock", i, kernel.stacks[i])->lock.value == lock);
}

BOOST_AUTO_TEST_CASE(an_rwsem_that_is_read) {
    LockKernel kernel;
    const std::uint64_t lock = kernel.make("rw_semaphore");
    kernel.put(lock + 8, kernel.tasks[1].address.value | 1);
    kernel.wait(0, kernel.empty_list(lock + 24));
    const auto wait = kernel.read("rwsem_down_write_slowpath", 0, kernel.stacks[0]);
    BOOST_TEST((wait->kind == LockKind::RwsemToWrite));
    BOOST_TEST(*wait->owner == 1U);
    BOOST_TEST(wait->owner_reads);
}

BOOST_AUTO_TEST_CASE(what_the_task_itself_names) {
    LockKernel kernel(true);
    const std::uint64_t mutex = kernel.make("mutex");
    kernel.put(mutex, kernel.tasks[1].address.value);
    kernel.set(kernel.tasks[0].address.value, "task_struct", "blocker", mutex);
    const KernelStack stack{.frames = {{.code = {kernel.text + 1}, .slot = {}}}, .sp = kernel.make_bytes(4096)};
    BOOST_TEST(kernel.read("__mutex_lock", 0, stack)->lock.value == mutex);
    BOOST_TEST(*kernel.read("__mutex_lock", 0, stack)->owner == 1U);

    const std::uint64_t waiter = kernel.make("rt_mutex_waiter");
    const std::uint64_t rt = kernel.make("rt_mutex_base");
    kernel.set(kernel.tasks[0].address.value, "task_struct", "pi_blocked_on", waiter);
    kernel.set(waiter, "rt_mutex_waiter", "lock", rt);
    kernel.set(rt, "rt_mutex_base", "owner", kernel.tasks[2].address.value | 1);
    const auto wait = kernel.read("rt_mutex_slowlock.constprop.0", 0, stack);
    BOOST_TEST((wait->kind == LockKind::RtMutex));
    BOOST_TEST(*wait->owner == 2U);
}

// Since 7.1 the waiters are linked among themselves; the lock leads to the first.
BOOST_AUTO_TEST_CASE(an_rwsem_that_is_no_node_of_its_queue) {
    LockKernel kernel(false, true);
    const std::uint64_t lock = kernel.make("rw_semaphore");
    kernel.put(lock + 8, kernel.tasks[2].address.value);
    const std::uint64_t first = kernel.wait(0, 0);
    kernel.wait(1, first);
    kernel.put(lock + 24, first);
    kernel.put(kernel.stacks[1].sp + 16, lock);
    const auto wait = kernel.read("rwsem_down_write_slowpath", 1, kernel.stacks[1]);
    BOOST_TEST(wait->lock.value == lock);
    BOOST_TEST(*wait->owner == 2U);
    BOOST_TEST(kernel.read("rwsem_down_write_slowpath", 0, kernel.stacks[0])->lock.value == 0U);  // no word leads there
}

BOOST_AUTO_TEST_CASE(a_percpu_rwsem_by_its_queue) {
    LockKernel kernel;
    const std::uint64_t lock = kernel.make("percpu_rw_semaphore");
    const std::uint64_t head = kernel.empty_list(lock + 72);
    std::vector<std::uint64_t> entries;
    for (std::size_t i = 0; i < 2; ++i) {
        const std::uint64_t stack = kernel.make_bytes(4096);
        kernel.stacks.push_back({.frames = {{.code = {kernel.text + 1}, .slot = {}}}, .sp = stack});
        kernel.put(stack + 64, kernel.tasks[i].address.value);  // a register that was saved
        entries.push_back(stack + 256);
        kernel.put(stack + 264, kernel.tasks[i].address.value);
        kernel.put(stack + 272, kernel.text);  // the function that wakes it
        kernel.append(head, stack + 280);
    }
    const auto read = [&](std::size_t i, std::string wakes = "percpu_rwsem_wake_function") {
        return kernel.read({{kernel.text, std::move(wakes)}, {kernel.text + 16, "percpu_rwsem_wait"}}, i,
                           kernel.stacks[i]);
    };
    for (KernelStack& stack : kernel.stacks) stack.frames[0].code = {kernel.text + 20};
    for (const std::size_t i : {0U, 1U}) {
        BOOST_TEST((read(i)->kind == LockKind::PercpuRwsem));
        BOOST_TEST(read(i)->lock.value == lock);
        BOOST_TEST(!read(i)->owner.has_value());
    }
    BOOST_TEST(read(0, "autoremove_wake_function")->lock.value == 0U);
    kernel.put(entries[1] + 24, entries[0] + 24);  // a circle without the lock
    BOOST_TEST(read(0)->lock.value == 0U);
    kernel.put(entries[1] + 24, 0x1234);
    BOOST_TEST(read(0)->lock.value == 0U);
}

BOOST_AUTO_TEST_CASE(hostile_queues_end) {
    LockKernel kernel;
    const std::uint64_t node = kernel.wait(0, kernel.empty_list(kernel.make_bytes(64)));
    // A ring of waiters that does not hold the one that it began with.
    const std::uint64_t other = kernel.make_bytes(64);
    kernel.put(node, other);
    kernel.put(other, other);
    kernel.put(other + 8, node);
    kernel.put(other + 16, kernel.tasks[1].address.value);
    const auto wait = kernel.read("__mutex_lock", 0, kernel.stacks[0]);
    BOOST_TEST_REQUIRE(wait.has_value());
    BOOST_TEST(wait->lock.value == 0U);
    BOOST_TEST(!wait->owner.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
