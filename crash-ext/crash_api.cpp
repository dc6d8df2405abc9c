// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_api.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <set>

#include "crash-ext/crash_shim.h"

namespace kstrax::crash_api {

namespace {

/// Members of the kernel's structs that lead from one task to the next; -1 where they have others.
struct TaskMembers {
    long tasks, pid, comm, signal, thread_node, thread_head;
    [[nodiscard]] bool known() const {
        return tasks >= 0 && pid >= 0 && comm >= 0 && signal >= 0 && thread_node >= 0 && thread_head >= 0;
    }
};

TaskMembers task_members() {
    return {kstrax_crash_offset("task_struct", "tasks"),       kstrax_crash_offset("task_struct", "pid"),
            kstrax_crash_offset("task_struct", "comm"),        kstrax_crash_offset("task_struct", "signal"),
            kstrax_crash_offset("task_struct", "thread_node"), kstrax_crash_offset("signal_struct", "thread_head")};
}

/// A pointer of the dumped kernel; 0 if it cannot be read.
std::uint64_t pointer_at(std::uint64_t address) {
    unsigned long pointer = 0;
    return read_virtual(address, &pointer, sizeof pointer) ? pointer : 0;
}

constexpr std::size_t kCommandSize = 16;  // TASK_COMM_LEN, part of the kernel's ABI

/// Walks the kernel's list of processes, and each one's list of threads.
class TaskWalk {
  public:
    TaskWalk(const TaskMembers& members, std::vector<Task>& tasks) : members_(members), tasks_(tasks) {
        for (const Task& task : tasks_) seen_.insert(task.address);
    }

    void all_from(std::uint64_t first) {
        const auto tasks = static_cast<std::uint64_t>(members_.tasks);
        std::uint64_t leader = first;
        std::set<std::uint64_t> leaders;  // a list may be damaged, or change while it is read
        while (leader > tasks && leaders.insert(leader).second) {
            threads_of(leader);
            leader = pointer_at(leader + tasks) - tasks;
        }
    }

  private:
    void threads_of(std::uint64_t leader) {
        const std::uint64_t signal = pointer_at(leader + static_cast<std::uint64_t>(members_.signal));
        if (signal == 0) return;
        const std::uint64_t head = signal + static_cast<std::uint64_t>(members_.thread_head);
        std::set<std::uint64_t> nodes{head};
        for (std::uint64_t node = pointer_at(head); node != 0 && nodes.insert(node).second; node = pointer_at(node))
            add(node - static_cast<std::uint64_t>(members_.thread_node));
    }

    void add(std::uint64_t address) {
        if (!seen_.insert(address).second) return;
        int pid = 0;
        std::array<char, kCommandSize + 1> command{};
        if (!read_virtual(address + static_cast<std::uint64_t>(members_.pid), &pid, sizeof pid)) return;
        (void)read_virtual(address + static_cast<std::uint64_t>(members_.comm), command.data(), kCommandSize);
        tasks_.push_back({address, static_cast<std::uint32_t>(pid), command.data()});
    }

    TaskMembers members_;
    std::vector<Task>& tasks_;
    std::set<std::uint64_t> seen_;
};

}  // namespace

bool read_physical(std::uint64_t at, void* out, std::size_t size) { return kstrax_crash_read_physical(at, out, size); }
bool read_virtual(std::uint64_t at, void* out, std::size_t size) { return kstrax_crash_read_virtual(at, out, size); }

std::optional<std::uint64_t> physical_address(std::uint64_t virtual_address) {
    std::uint64_t physical = 0;
    if (!kstrax_crash_physical_address(virtual_address, &physical)) return std::nullopt;
    return physical;
}

std::optional<std::uint64_t> symbol(const char* name) {
    std::uint64_t address = 0;
    if (!kstrax_crash_symbol(name, &address)) return std::nullopt;
    return address;
}

std::optional<std::uint64_t> word_at_symbol(const char* name) {
    const auto address = symbol(name);
    unsigned long word = 0;
    if (!address || !read_virtual(*address, &word, sizeof word)) return std::nullopt;
    return word;
}

std::optional<Range> module_memory(const char* name) {
    Range range{};
    if (!kstrax_crash_module(name, &range.start, &range.size)) return std::nullopt;
    return range;
}

bool has_tasks() { return kstrax_crash_has_tasks(); }

std::vector<Task> tasks() {
    std::vector<Task> all;
    kstrax_crash_task one{};
    while (kstrax_crash_task_at(all.size(), &one)) all.push_back({one.address, one.pid, std::string(one.command)});
    const TaskMembers members = task_members();
    const auto first = symbol("init_task");
    if (has_tasks() && first && members.known()) TaskWalk(members, all).all_from(*first);
    return all;
}

TaskState state_of(const Task& task) {
    std::array<char, 64> text{"??"};
    (void)kstrax_crash_state(task.address, text.data(), text.size());
    TaskState state;
    state.text = text.data();
    // crash pads it.
    while (!state.text.empty() && state.text.back() == ' ') state.text.pop_back();
    state.panicked = kstrax_crash_panicked(task.address);
    if (std::uint32_t cpu = 0; kstrax_crash_running_on(task.address, &cpu)) state.running_on = cpu;
    return state;
}

std::optional<std::uint32_t> current_pid() {
    std::uint32_t pid = 0;
    if (!kstrax_crash_current_pid(&pid)) return std::nullopt;
    return pid;
}

std::optional<std::uint32_t> pid_of_task_struct(const std::string& address) {
    char* end = nullptr;
    errno = 0;
    const unsigned long long value = strtoull(address.c_str(), &end, 16);
    if (errno != 0 || end == address.c_str() || *end != '\0') return std::nullopt;
    for (const Task& task : tasks())
        if (task.address == value) return task.pid;
    return std::nullopt;
}

std::string source_name() { return kstrax_crash_source_name(); }

bool is_live() { return kstrax_crash_is_live(); }

std::vector<std::string> arguments() {
    std::vector<std::string> words;
    while (const char* word = kstrax_crash_argument(words.size())) words.emplace_back(word);
    return words;
}

std::FILE* output() { return kstrax_crash_output(); }

void end_with_usage() {
    kstrax_crash_end_with_usage();
    abort();  // it does not return
}

void register_command(const char* name, void (*command)(), const char** help) {
    kstrax_crash_register(name, command, help);
}

}  // namespace kstrax::crash_api
