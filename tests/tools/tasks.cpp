// SPDX-License-Identifier: GPL-2.0-or-later
// tasks DUMP: the kernel's tasks as its dump has them, a line each: pid, tgid, state, the CPU that
// ran it (or -), * if it panicked (or -), and the command's bytes in hexadecimal.
#include "analyzer/kernel/tasks.hpp"

#include <fmt/format.h>

#include <iostream>

#include "analyzer/kernel/kallsyms_search.hpp"
#include "analyzer/locate/kernel_text.hpp"
#include "analyzer/memory/open/open_memory.hpp"

using namespace kstrax;

namespace {

int fail(const Error& error) {
    std::cerr << "tasks: " << error.message << '\n';
    return 1;
}

int print(const std::string& path) {
    const auto opened = open_memory(std::span(&path, 1));
    if (!opened) return fail(opened.error());
    auto space = find_kernel_space(*opened->memory, nullptr);
    if (!space) return fail(space.error());
    auto symbols = find_kallsyms(*space);
    if (!symbols) return fail(symbols.error());
    const FindSymbol find = [&](std::string_view name) { return symbols->find(name); };
    const auto types = read_kernel_types(*space, find);
    if (!types) return fail(types.error());
    const auto list = read_tasks(KernelReader(*space), types->finder(), find, opened->memory->memory_size());
    if (!list) return fail(list.error());
    for (const KernelTask& task : list->tasks) {
        std::string command;
        for (const char c : task.command) command += fmt::format("{:02x}", static_cast<unsigned char>(c));
        std::cout << fmt::format("{} {} {} {} {} {}\n", task.pid, task.tgid, state_name(task.state),
                                 task.running_on ? std::to_string(*task.running_on) : "-", task.panicked ? '*' : '-',
                                 command);
    }
    for (const Finding& finding : list->findings) std::cerr << "tasks: " << finding.text << '\n';
    return list->findings.empty() ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "Usage: tasks DUMP\n";
        return 2;
    }
    return print(argv[1]);
}
