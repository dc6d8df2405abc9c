// SPDX-License-Identifier: GPL-2.0-or-later
// stacks [--search] DUMP: the kernel stack of each task of a dump, a line each: pid, CPU that ran it (or -), the end of its last
// time on a CPU in ns, how the stack ends, then name+offset of each frame; ? before one that was guessed, ! before one
// of the scheduler. At the end, = the lock that it waits for and the pid of its owner, if those are known.
// --search: as if no task had saved its stack pointer.
#include <fmt/core.h>

#include <iostream>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/locks/lock_waits.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/kernel/stack/cpu_registers.hpp"
#include "analyzer/kernel/stack/kernel_stack.hpp"
#include "analyzer/memory/open/open_memory.hpp"

using namespace kstrax;

namespace {

constexpr std::array<std::string_view, 7> kEnds{"user", "whole", "BROKEN", "LONG", "none", "running", "MISSING"};

int fail(const Error& error) {
    std::cerr << "stacks: " << error.message << '\n';
    return 1;
}

int print(const std::string& path, bool search) {
    const auto opened = open_memory(std::span(&path, 1));
    if (!opened) return fail(opened.error());
    auto space = find_kernel_space(*opened->memory, nullptr);
    if (!space) return fail(space.error());
    DumpedKernel kernel(*opened->memory, std::move(*space));
    if (kernel.symbols() == nullptr) return fail(kernel.symbols_error());
    if (kernel.types() == nullptr) return fail(kernel.types_error());
    const FindSymbol find = kernel.find();
    KernelReader memory = kernel.reader();
    const FindMember member = kernel.types()->finder();
    const auto list = read_tasks(memory, member, find, opened->memory->memory_size());
    if (!list) return fail(list.error());
    const auto queues = read_run_queues(memory, member, find);
    if (!queues) return fail(queues.error());
    const auto modules = read_modules(kernel.space(), *kernel.types(), find, opened->memory->memory_size());
    CodeNames names(
        memory, member, find, [&](VirtAddr at) { return kernel.symbols()->nearest(at); },
        modules ? modules->modules : std::vector<KernelModule>());
    auto reader =
        StackReader::open(memory, member, find, modules ? modules->modules : std::vector<KernelModule>(), names);
    if (!reader) return fail(reader.error());
    const auto registers = read_cpu_registers(memory, member, find, *queues, opened->memory->notes());
    LockReader locks(memory, member, list->tasks, names);
    const auto last_ran = member("task_struct", "se.exec_start");
    for (const KernelTask& task : list->tasks) {
        const auto ran_with = task.running_on ? registers.find(*task.running_on) : registers.end();
        const KernelStack stack = ran_with != registers.end()  ? reader->of(task, ran_with->second)
                                  : search && !task.running_on ? reader->searched(task)
                                                               : reader->of(task);
        const auto ran = last_ran ? memory.number(task.address.value + last_ran->offset, 8) : std::nullopt;
        std::cout << fmt::format("{} {} {} {}", task.pid, task.running_on ? std::to_string(*task.running_on) : "-",
                                 ran.value_or(0), kEnds[static_cast<std::size_t>(stack.end)]);
        for (const StackFrame& frame : stack.frames) {
            const CodePlace* place = frame.interrupted ? names.at(frame.code) : names.of_return(frame.code);
            std::cout << ' ' << (frame.guessed ? "?" : "") << (names.in_scheduler(frame.code) ? "!" : "")
                      << (place != nullptr ? place->text(frame.code) : fmt::format("{:#x}", frame.code.value));
        }
        if (const auto wait = locks.of(task, stack))
            std::cout << fmt::format(" ={}:{}", lock_kind_name(wait->kind),
                                     wait->owner ? std::to_string(list->tasks[*wait->owner].pid) : "?");
        std::cout << '\n';
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const bool search = argc == 3 && argv[1] == std::string_view("--search");
    if (argc != 2 && !search) {
        std::cerr << "Usage: stacks [--search] DUMP\n";
        return 2;
    }
    return print(argv[argc - 1], search);
}
