// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/task_kernel.hpp"

#include <fmt/core.h>

#include <array>

namespace kstrax::test {

namespace {

constexpr std::uint64_t kQueuesSymbol = 0x31c40;  // within a CPU's area
constexpr std::uint64_t kTopSymbol = kQueuesSymbol + 3500;
constexpr std::uint64_t kStackSize = 16384;

std::vector<BtfStruct> structs(bool old) {
    return {
        {"list_head", 16, {{"next", "ptr", 0}, {"prev", "ptr", 8}}},
        {"thread_info", 24, {{"flags", "long", 0}, {"status", "int", 16}}},
        {"pt_regs",
         168,
         {{"bp", "long", 32},
          {"bx", "long", 40},
          {"r10", "long", 56},
          {"r9", "long", 64},
          {"r8", "long", 72},
          {"ax", "long", 80},
          {"cx", "long", 88},
          {"dx", "long", 96},
          {"si", "long", 104},
          {"di", "long", 112},
          {"orig_ax", "long", 120},
          {"cs", "long", 136}}},
        {"x86_hw_tss", 104, {{"sp1", "long", 12}}},
        {"tss_struct", 4096, {{"x86_tss", "x86_hw_tss", 0}}},
        {"kernel_clone_args", 8, {{"io_thread", "int", 0}}},
        {"upid", 16, {{"nr", "int", 0}, {"ns", "ptr", 8}}},
        {"pid", 96, {{"level", "int", 4}, {"tasks", "char[32]", 16}, {"numbers", "upid", 64}}},
        {"xarray", 16, {{"xa_head", "ptr", 8}}},
        {"idr", 24, {{"idr_rt", "xarray", 0}}},
        {"pid_namespace", 128, {{"idr", "idr", 8}}},
        {"xa_node", 576, {{"shift", "char[1]", 0}, {"slots", "char[512]", 40}}},
        {"signal_struct", 1024, {{"nr_threads", "int", 8}, {"thread_head", "list_head", 16}}},
        {"sched_entity", 16, {{"cfs_rq", "ptr", 8}}},
        {"cfs_rq", 16, {{"rq", "ptr", 8}}},
        {"task_struct",
         6016,  // more than a page: members lie on two
         {{"thread_info", "thread_info", 0},
          {old ? "state" : "__state", old ? "long" : "int", 24},
          {"stack", "ptr", 40},
          {"tasks", "list_head", 2200},
          {"exit_state", "int", 2300},
          {"flags", "int", 52},
          {"pid", "int", 2400},
          {"tgid", "int", 2404},
          {"thread_pid", "ptr", 2504},
          {"pid_links", "char[64]", 2520},
          {"thread_node", "list_head", 2600},
          {"sibling", "list_head", 2620},
          {"children", "list_head", 2640},
          {"se", "sched_entity", 2700},
          {"comm", "char[16]", 4090},
          {"signal", "ptr", 4200}}},
        {"rq", 3200, {{"curr", "ptr", 2352}, {"idle", "ptr", 2360}, {"cpu", "int", 2712}}},
    };
}

}  // namespace

TaskKernel::TaskKernel(bool old, std::size_t cpus) : TypedKernel(structs(old)), old_(old) {
    const std::uint64_t offsets = make_bytes(cpus * 8);
    for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
        const auto number = static_cast<Tid>(cpu);
        queues_.push_back(make("rq"));
        put(offsets + cpu * 8, queues_.back() - kQueuesSymbol);
        set(queues_.back(), "rq", "cpu", number);
        // CPU 0's idle task is init_task, the only one on the list.
        const std::uint64_t idle =
            cpu == 0 ? add_process(0, "swapper/0", 0) : make_task(0, 0, fmt::format("swapper/{}", cpu), 0);
        set(queues_.back(), "rq", "idle", idle);
        run(cpu, idle);
    }
    const std::uint64_t ids = make_bytes(8);
    put(ids, cpus, 4);
    panic_cpu_ = make_bytes(8);
    panic_on(0xffffffff);
    name("init_task", init_);
    name("runqueues", kQueuesSymbol);
    name("cpu_current_top_of_stack", kTopSymbol);
    name("__per_cpu_offset", offsets);
    name("nr_cpu_ids", ids);
    name("panic_cpu", panic_cpu_);
}

std::uint64_t TaskKernel::make_task(Tid pid, Tid tgid, std::string_view command, std::uint64_t state) {
    const std::uint64_t task = make("task_struct");
    set(task, "task_struct", "pid", pid);
    set(task, "task_struct", "tgid", tgid);
    set(task, "task_struct", "comm", command);
    set(task, "task_struct", old_ ? "state" : "__state", state & ~std::uint64_t{0x30});
    set(task, "task_struct", "exit_state", state & 0x30);
    set(task, "task_struct", "stack", make_bytes(kStackSize));
    const std::uint64_t children = at(task, "task_struct", "children");
    put(children, children);
    put(children + 8, children);
    return task;
}

void TaskKernel::run(std::size_t cpu, std::uint64_t task) {
    set(queues_[cpu], "rq", "curr", task);
    const std::uint64_t area = queues_[cpu] - kQueuesSymbol;
    put(area + kTopSymbol, word(at(task, "task_struct", "stack")) + kStackSize - padding_);
}

std::uint64_t TaskKernel::registers_of(std::uint64_t task) const {
    return word(at(task, "task_struct", "stack")) + kStackSize - padding_ - *types().size("pt_regs");
}

void TaskKernel::set_register(std::uint64_t task, std::string_view name, std::uint64_t value) {
    set(registers_of(task), "pt_regs", name, value);
}

void TaskKernel::enter(std::uint64_t task, std::uint64_t number, const std::vector<std::uint64_t>& args) {
    constexpr std::array kArguments{"di", "si", "dx", "r10", "r8", "r9"};
    for (std::size_t i = 0; i < args.size(); ++i) set_register(task, kArguments.at(i), args[i]);
    set_register(task, "orig_ax", number);
    set_register(task, "ax", static_cast<std::uint64_t>(-38));
    set_register(task, "cs", 0x33);
}

void TaskKernel::number(const std::vector<std::uint64_t>& tasks) {
    constexpr std::uint64_t kNode = 2;  // what the pointer to a node is more than its address
    const auto make_node = [&](std::uint64_t shift) {
        const std::uint64_t node = make("xa_node");
        set(node, "xa_node", "shift", shift);
        return node;
    };
    const auto slot = [&](std::uint64_t node, std::uint64_t index) { return at(node, "xa_node", "slots") + index * 8; };
    const std::uint64_t root = make_node(6);
    for (const std::uint64_t task : tasks) {
        const std::uint64_t id = word(at(task, "task_struct", "pid")) & 0xffffffff;
        if (word(slot(root, id >> 6)) == 0) put(slot(root, id >> 6), make_node(0) + kNode);
        put(slot(word(slot(root, id >> 6)) - kNode, id & 63), make_pid(task));
    }
    const std::uint64_t space = make("pid_namespace");
    put(at(space, "pid_namespace", "idr.idr_rt.xa_head"), root + kNode);
    name("init_pid_ns", space);
}

std::uint64_t TaskKernel::make_pid(std::uint64_t task) {
    const std::uint64_t pid = make_bytes(96);
    put(at(pid, "pid", "tasks"), at(task, "task_struct", "pid_links"));
    put(at(pid, "pid", "numbers"), word(at(task, "task_struct", "pid")) & 0xffffffff, 4);
    set(task, "task_struct", "thread_pid", pid);
    return pid;
}

void TaskKernel::adopt(std::uint64_t parent, std::uint64_t child) {
    append(at(parent, "task_struct", "children"), at(child, "task_struct", "sibling"));
}

void TaskKernel::contain(std::uint64_t task, Tid nspid) {
    const std::uint64_t pid = make_bytes(96);
    set(task, "task_struct", "thread_pid", pid);
    set(pid, "pid", "level", 1);
    put(pid + 64 + 16, nspid, 4);  // numbers[1].nr
}

std::uint64_t TaskKernel::add_process(Tid pid, std::string_view command, std::uint64_t state) {
    const std::uint64_t task = make_task(pid, pid, command, state);
    const std::uint64_t signal = make("signal_struct");
    set(task, "task_struct", "signal", signal);
    const std::uint64_t head = at(signal, "signal_struct", "thread_head");
    put(head, head);
    put(head + 8, head);
    append(head, at(task, "task_struct", "thread_node"));
    const std::uint64_t node = at(task, "task_struct", "tasks");
    if (init_ == 0) {
        init_ = task;
        put(node, node);
        put(node + 8, node);
    } else {
        append(at(init_, "task_struct", "tasks"), node);
    }
    return task;
}

std::uint64_t TaskKernel::add_thread(std::uint64_t leader, Tid pid, std::string_view command, std::uint64_t state) {
    const std::uint64_t task =
        make_task(pid, static_cast<Tid>(word(at(leader, "task_struct", "tgid"))), command, state);
    const std::uint64_t signal = word(at(leader, "task_struct", "signal"));
    set(task, "task_struct", "signal", signal);
    append(at(signal, "signal_struct", "thread_head"), at(task, "task_struct", "thread_node"));
    return task;
}

}  // namespace kstrax::test
