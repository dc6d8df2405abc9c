// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_api.hpp"

// crash's header is C: what it includes itself must come first, as C++, and
// three words of C++ are names in it.
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <lzo/lzo1x.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <set>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#define private private_
#define class class_
#define typename typename_
extern "C" {
#include <crash/defs.h>
}
#undef private
#undef class
#undef typename

namespace kstrax::crash_api {

namespace {

/// Runs work(argument), which calls crash. Where crash gives up with error(FATAL)
/// and jumps to the prompt, it comes back here instead: false. Between setjmp
/// and crash there are only frames without objects.
bool guarded(void (*work)(void*), void* argument) {
    jmp_buf prompt;
    memcpy(&prompt, &pc->main_loop_env, sizeof prompt);
    const volatile unsigned long long in_foreach = pc->flags & IN_FOREACH;  // it would jump elsewhere
    pc->flags &= ~IN_FOREACH;
    volatile bool done = false;
    if (setjmp(pc->main_loop_env) == 0) {
        work(argument);
        done = true;
    }
    memcpy(&pc->main_loop_env, &prompt, sizeof prompt);
    pc->flags |= in_foreach;
    return done;
}

struct Reading {
    ulonglong at;
    int kind;
    void* out;
    std::size_t size;
    bool ok;
};

bool read(ulonglong at, int kind, void* out, std::size_t size) {
    Reading reading{at, kind, out, size, false};
    const bool done = guarded(
        [](void* argument) {
            auto* r = static_cast<Reading*>(argument);
            static char what[] = "kstrax";
            r->ok = readmem(r->at, r->kind, r->out, static_cast<long>(r->size), what, RETURN_ON_ERROR | QUIET) != 0;
        },
        &reading);
    return done && reading.ok;
}

struct Translation {
    ulong address;
    physaddr_t physical;
    bool ok;
};

struct Search {
    const char* name;
    struct syment* found;
};

struct StateText {
    ulong task;
    char text[BUFSIZE];
};

/// Members of the kernel's structs that lead from one task to the next; -1 where they have others.
struct TaskMembers {
    long tasks, pid, comm, signal, thread_node, thread_head;
    [[nodiscard]] bool known() const {
        return tasks >= 0 && pid >= 0 && comm >= 0 && signal >= 0 && thread_node >= 0 && thread_head >= 0;
    }
};

TaskMembers task_members() {
    TaskMembers members{-1, -1, -1, -1, -1, -1};
    const bool done = guarded(
        [](void* argument) {
            const auto offset = [](const char* type, const char* member) {
                return datatype_info(const_cast<char*>(type), const_cast<char*>(member), nullptr);
            };
            auto* m = static_cast<TaskMembers*>(argument);
            m->tasks = offset("task_struct", "tasks");
            m->pid = offset("task_struct", "pid");
            m->comm = offset("task_struct", "comm");
            m->signal = offset("task_struct", "signal");
            m->thread_node = offset("task_struct", "thread_node");
            m->thread_head = offset("signal_struct", "thread_head");
        },
        &members);
    return done ? members : TaskMembers{-1, -1, -1, -1, -1, -1};
}

/// A pointer of the dumped kernel; 0 if it cannot be read.
std::uint64_t pointer_at(std::uint64_t address) {
    unsigned long pointer = 0;
    return read_virtual(address, &pointer, sizeof pointer) ? pointer : 0;
}

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
        char command[TASK_COMM_LEN + 1] = {};
        if (!read_virtual(address + static_cast<std::uint64_t>(members_.pid), &pid, sizeof pid)) return;
        (void)read_virtual(address + static_cast<std::uint64_t>(members_.comm), command, TASK_COMM_LEN);
        tasks_.push_back({address, static_cast<std::uint32_t>(pid), command});
    }

    TaskMembers members_;
    std::vector<Task>& tasks_;
    std::set<std::uint64_t> seen_;
};

}  // namespace

bool read_physical(std::uint64_t at, void* out, std::size_t size) { return read(at, PHYSADDR, out, size); }
bool read_virtual(std::uint64_t at, void* out, std::size_t size) { return read(at, KVADDR, out, size); }

std::optional<std::uint64_t> physical_address(std::uint64_t virtual_address) {
    Translation translation{static_cast<ulong>(virtual_address), 0, false};
    const bool done = guarded(
        [](void* argument) {
            auto* t = static_cast<Translation*>(argument);
            t->ok = kvtop(nullptr, t->address, &t->physical, 0) != 0;
        },
        &translation);
    if (!done || !translation.ok) return std::nullopt;
    return translation.physical;
}

std::optional<std::uint64_t> symbol(const char* name) {
    Search search{name, nullptr};
    const bool done = guarded(
        [](void* argument) {
            auto* s = static_cast<Search*>(argument);
            s->found = symbol_search(const_cast<char*>(s->name));
        },
        &search);
    if (!done || search.found == nullptr) return std::nullopt;
    return search.found->value;
}

std::optional<std::uint64_t> word_at_symbol(const char* name) {
    const auto address = symbol(name);
    unsigned long word = 0;
    if (!address || !read_virtual(*address, &word, sizeof word)) return std::nullopt;
    return word;
}

std::optional<Range> module_memory(const char* name) {
    if (st->load_modules == nullptr) return std::nullopt;
    for (int i = 0; i < st->mods_installed; ++i) {
        const load_module& module = st->load_modules[i];
        if (strcmp(module.mod_name, name) == 0 && module.mod_size > 0)
            return Range{module.mod_base, static_cast<std::uint64_t>(module.mod_size)};
    }
    return std::nullopt;
}

bool has_tasks() { return (pc->flags & MINIMAL_MODE) == 0 && tt->context_array != nullptr; }

std::vector<Task> tasks() {
    std::vector<Task> all;
    if (!has_tasks()) return all;
    for (std::size_t i = 0; i < tt->running_tasks; ++i) {
        const task_context& context = tt->context_array[i];
        all.push_back({context.task, static_cast<std::uint32_t>(context.pid),
                       std::string(context.comm, strnlen(context.comm, sizeof context.comm))});
    }
    const TaskMembers members = task_members();
    const auto first = symbol("init_task");
    if (first && members.known()) TaskWalk(members, all).all_from(*first);
    return all;
}

TaskState state_of(const Task& task) {
    StateText text{static_cast<ulong>(task.address), {}};
    const bool done = guarded(
        [](void* argument) {
            auto* s = static_cast<StateText*>(argument);
            task_state_string(s->task, s->text, 0);
        },
        &text);
    TaskState state;
    state.text = done ? text.text : "??";
    // crash pads it.
    while (!state.text.empty() && state.text.back() == ' ') state.text.pop_back();
    state.panicked = task.address != 0 && task.address == tt->panic_task;
    // Of a live system, crash knows no active set.
    for (int cpu = 0; !is_live() && tt->active_set != nullptr && cpu < NR_CPUS; ++cpu)
        if (tt->active_set[cpu] == task.address) state.running_on = static_cast<std::uint32_t>(cpu);
    return state;
}

std::optional<std::uint32_t> current_pid() {
    if (!has_tasks() || tt->current == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(tt->current->pid);
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

std::string source_name() {
    if (pc->dumpfile != nullptr) return pc->dumpfile;
    return pc->live_memsrc != nullptr ? pc->live_memsrc : "live memory";
}

bool is_live() { return (pc->flags & LIVE_SYSTEM) != 0; }

std::vector<std::string> arguments() { return {args, args + argcnt}; }

std::FILE* output() { return fp; }

void end_with_usage() {
    cmd_usage(pc->curcmd, SYNOPSIS);
    abort();  // it does not return
}

void register_command(const char* name, void (*command)(), const char** help) {
    static std::array<command_table_entry, 2> table{};
    table[0].name = const_cast<char*>(name);
    table[0].func = command;
    table[0].help_data = const_cast<char**>(help);
    table[0].flags = MINIMAL | REFRESH_TASK_TABLE;
    register_extension(table.data());
}

}  // namespace kstrax::crash_api
#pragma GCC diagnostic pop
