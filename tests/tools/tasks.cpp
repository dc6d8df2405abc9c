// SPDX-License-Identifier: GPL-2.0-or-later
// tasks [--by-structure] [--calls] DUMP: the kernel's tasks as its dump has them, a line each: pid, tgid, state, the
// CPU that ran it (or -), * if it panicked (or -), and the command's bytes in hexadecimal. By its types, or
// as of a kernel that carries none. --calls: instead, of each that is in a call its number and registers.
#include "analyzer/kernel/tasks.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/kernel/task_calls.hpp"
#include "analyzer/memory/open/open_memory.hpp"

using namespace kstrax;

namespace {

int fail(const Error& error) {
    std::cerr << "tasks: " << error.message << '\n';
    return 1;
}

template <typename Known>
Result<FindMember> finder_of(Result<Known> known) {
    if (!known) return known.error();
    return FindMember([kept = std::make_shared<Known>(std::move(*known))](
                          std::string_view type, std::string_view path) { return kept->finder()(type, path); });
}

int print_calls(const Result<std::vector<TaskCall>>& calls, std::span<const KernelTask> tasks) {
    if (!calls) return fail(calls.error());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const TaskCall& call = (*calls)[i];
        if (call.place == CallPlace::Inside)
            std::cout << fmt::format("{} {} {:#x}\n", tasks[i].pid, call.nr, fmt::join(call.args, " "));
    }
    return 0;
}

int print(const std::string& path, bool by_structure, bool calls) {
    const auto opened = open_memory(std::span(&path, 1));
    if (!opened) return fail(opened.error());
    auto space = find_kernel_space(*opened->memory, nullptr);
    if (!space) return fail(space.error());
    DumpedKernel kernel(*opened->memory, std::move(*space));
    if (kernel.symbols() == nullptr) return fail(kernel.symbols_error());
    const auto exports = by_structure ? find_exports(kernel.space(), kExports) : Exports();
    const FindSymbol find = [&, symbol = kernel.find()](std::string_view name) {
        const auto exported = exports.find(name);
        return exported != exports.end() ? std::optional(exported->second) : symbol(name);
    };
    const KernelReader memory = kernel.reader();
    const auto members = by_structure ? finder_of(TaskStructure::open(memory, find)) : kernel.member();
    if (!members) return fail(members.error());
    const auto list = read_tasks(memory, *members, find, opened->memory->memory_size());
    if (!list) return fail(list.error());
    if (calls) return print_calls(read_task_calls(memory, *members, find, list->tasks), list->tasks);
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
    std::vector<std::string> words(argv + 1, argv + argc);
    const bool by_structure = std::erase(words, "--by-structure") > 0;
    const bool calls = std::erase(words, "--calls") > 0;
    if (words.size() != 1) {
        std::cerr << "Usage: tasks [--by-structure] [--calls] DUMP\n";
        return 2;
    }
    return print(words.back(), by_structure, calls);
}
