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
    const unsigned long long in_foreach = pc->flags & IN_FOREACH;  // it would jump elsewhere
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

struct TaskState {
    ulong task;
    char text[BUFSIZE];
    bool active;
};

/// The context must be crash's own.
Task describe(const task_context& context) {
    Task task;
    task.pid = static_cast<std::uint32_t>(context.pid);
    task.cpu = static_cast<std::uint32_t>(context.processor);
    task.command.assign(context.comm, strnlen(context.comm, sizeof context.comm));
    TaskState state{};
    state.task = context.task;
    const bool done = guarded(
        [](void* argument) {
            auto* s = static_cast<TaskState*>(argument);
            s->active = is_task_active(s->task) != 0;
            task_state_string(s->task, s->text, 0);
        },
        &state);
    task.state = done ? state.text : "??";
    // crash pads it.
    while (!task.state.empty() && task.state.back() == ' ') task.state.pop_back();
    task.active = state.active;
    task.panicked = context.task == tt->panic_task;
    return task;
}

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

std::size_t task_count() {
    return (pc->flags & MINIMAL_MODE) != 0 || tt->context_array == nullptr ? 0 : tt->running_tasks;
}

Task task(std::size_t number) { return describe(tt->context_array[number]); }

std::optional<Task> find_task(std::uint32_t pid) {
    for (std::size_t i = 0; i < task_count(); ++i)
        if (tt->context_array[i].pid == pid) return describe(tt->context_array[i]);
    return std::nullopt;
}

std::optional<std::uint32_t> current_pid() {
    if (task_count() == 0 || tt->current == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(tt->current->pid);
}

std::optional<std::uint32_t> pid_of_task_struct(const std::string& address) {
    char* end = nullptr;
    errno = 0;
    const unsigned long long value = strtoull(address.c_str(), &end, 16);
    if (errno != 0 || end == address.c_str() || *end != '\0') return std::nullopt;
    for (std::size_t i = 0; i < task_count(); ++i)
        if (tt->context_array[i].task == value) return static_cast<std::uint32_t>(tt->context_array[i].pid);
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
