// SPDX-License-Identifier: GPL-2.0-or-later
// Lists of tasks, the table of pids, run queues, and the calls that tasks are in. An input: which kernel, and patches.
#include "analyzer/kernel/task_calls.hpp"
#include "tests/fuzz/kernel/kernels.hpp"
#include "tests/support/kernel/task_kernel.hpp"

namespace kstrax::fuzz {

namespace {

struct Base {
    explicit Base(bool old) : kernel(old), types((fill(), kernel.types())) {}
    void fill() {
        kernel.add_process(1, "init");
        const std::uint64_t leader = kernel.add_process(100, "server", 2);
        const std::uint64_t worker = kernel.add_thread(leader, 101, "worker \x1b[31m\xff", 0x402);
        const std::uint64_t last = kernel.add_process(102, "a name cut short", 0);
        kernel.run(0, worker);
        kernel.contain(last, 7);
        kernel.enter(leader, 0, {3, 0x1000, 20});
        kernel.enter(worker, 257, {0xffffff9c, 0x1000});
        kernel.number({leader, worker, last});
        kernel.panic_on(0);
    }
    test::TaskKernel kernel;
    KernelTypes types;
};

void run(Bytes bytes) {
    static const Base bases[] = {Base(false), Base(true)};
    Input input(bytes);
    const Base& base = bases[input.byte() % 2];
    PatchedKernel kernel(base.kernel, input);
    if (!kernel.opened()) return;
    const auto list = read_tasks(kernel.reader(), base.types.finder(), base.kernel.find(), kernel.size());
    if (!list) return;
    require(list->tasks.size() <= kernel.size(), "there are no more tasks than bytes");
    for (const KernelTask& task : list->tasks) {
        require(task.command.find('\0') == task.command.npos, "a command ends at its NUL");
        (void)state_name(task.state);
        (void)task.dead();
    }
    const auto calls = read_task_calls(kernel.reader(), base.types.finder(), base.kernel.find(), list->tasks);
    if (calls) require(calls->size() == list->tasks.size(), "each task has its answer");
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t old = 0; old < 2; ++old) {
        all.push_back(packed(old));
        for (std::uint8_t page = 0; page < 12; ++page)
            all.push_back(packed(old) + patch_of(page, 0, std::string(64, '\0')));
    }
    return all;
}

}  // namespace

extern const Target kTasks;
const Target kTasks{"tasks", 512, run, seeds};

}  // namespace kstrax::fuzz
