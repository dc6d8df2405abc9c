// SPDX-License-Identifier: GPL-2.0-or-later
// files [--time] DUMP: the files of the dumped kernel's processes, a line a fact, as tests/vm/guest/tasks.c has them
// of the running one: "fd PID NUMBER POSITION FLAGS TEXT", "cwd PID TEXT" and so on; texts in hexadecimal. And
// "socket INODE PROTOCOL TYPE STATE LOCAL PEER PEER'S-INODE", "name TID TEXT" of the file name that a call was given,
// "used TID NUMBER yes|unknown" of the descriptor that it was given, "seen PID NUMBER TEXT" where a task's own
// root shows another path. --time: instead, how long it took, in milliseconds.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/files/open_files.hpp"
#include "analyzer/kernel/files/stack_names.hpp"
#include "analyzer/kernel/files/task_places.hpp"
#include "analyzer/kernel/files/user_memory.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/kernel/task_calls.hpp"
#include "analyzer/kernel/tasks.hpp"
#include "analyzer/memory/open/open_memory.hpp"

using namespace kstrax;

namespace {

constexpr std::size_t kLongestCommand = 4096;
constexpr std::uint64_t kStackSize = 16384;

int fail(const Error& error) {
    std::cerr << "files: " << error.message << '\n';
    return 1;
}

std::string hex(std::string_view text) {
    std::string out;
    for (const char c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out.empty() ? "-" : out;
}

struct Readers {
    OpenFiles files;
    TaskPlaces places;
    ControlGroups groups;
    StackNames names;
    std::optional<UserMemory> user;
};

void print_socket(const KernelFile& file) {
    const SocketEnds& ends = *file.socket;
    std::cout << fmt::format("socket {} {} {} {} {} {} {}\n", file.inode_number,
                             ends.protocol.empty() ? "-" : ends.protocol, socket_type_name(ends.type),
                             ends.state.empty() ? "-" : ends.state, hex(ends.local), hex(ends.peer), ends.peer_inode);
}

void print_process(Readers& readers, const KernelTask& task, std::set<std::uint64_t>& sockets) {
    const std::uint64_t at = task.address.value;
    const PathPlace root = readers.places.root(at);
    for (const Descriptor& one : readers.files.of(at)) {
        std::cout << fmt::format("fd {} {} {} {:o} {}\n", task.pid, one.number, one.file->position, one.flags(),
                                 hex(one.file->path.text));
        const PathText seen = readers.files.paths().text(one.file->place, root);
        if (!(root == readers.files.root()) && seen.end != PathEnd::Named)
            std::cout << fmt::format("seen {} {} {} {}\n", task.pid, one.number,
                                     seen.end == PathEnd::Root ? "inside" : "outside", hex(seen.text));
        if (one.file->socket && sockets.insert(one.file->inode).second) print_socket(*one.file);
    }
    const auto place = [&](std::string_view name, PathPlace where) {
        if (where.dentry != 0)
            std::cout << fmt::format("{} {} {}\n", name, task.pid,
                                     hex(readers.files.paths().text(where, readers.files.root()).text));
    };
    place("cwd", readers.places.working_folder(at));
    place("root", root);
    place("exe", readers.places.program(at));
    const auto command = readers.user ? readers.user->command_line(at, kLongestCommand) : std::nullopt;
    if (command)
        std::cout << fmt::format("cmdline {} {}\n", task.pid, command->missing ? "missing" : hex(command->text));
    if (const auto group = readers.groups.of(at)) std::cout << fmt::format("cgroup {} {}\n", task.pid, hex(*group));
}

/// The words from where the task sleeps to the end of its stack.
std::vector<std::uint64_t> stack_words(KernelReader& memory, const FindMember& member, const KernelTask& task) {
    std::vector<std::uint64_t> words;
    const auto sp = member("task_struct", "thread.sp");
    const auto at = sp ? memory.pointer(task.address.value + sp->offset) : std::nullopt;
    if (!at || *at == 0) return words;
    words.resize(static_cast<std::size_t>((kStackSize - *at % kStackSize) / 8));
    if (!memory.read(*at, std::as_writable_bytes(std::span(words)))) words.clear();
    return words;
}

void print_call(Readers& readers, std::span<const std::uint64_t> words, const KernelTask& task, const TaskCall& call) {
    struct Row {
        std::uint16_t number;
        std::size_t argument;
    };
    static constexpr Row kNames[] = {{2, 0}, {59, 0}, {83, 0}, {257, 1}};  // open, execve, mkdir, openat
    for (const Row& row : kNames) {
        if (call.nr != row.number) continue;
        const auto name = readers.names.name(words, call.args[row.argument]);
        std::cout << fmt::format("name {} {}\n", task.pid, name ? hex(*name) : "unknown");
    }
    if (call.nr != 0) return;  // read
    for (const Descriptor& one : readers.files.of(task.address.value))
        if (one.number == call.args[0])
            std::cout << fmt::format("used {} {} {}\n", task.pid, one.number,
                                     uses(words, *one.file) ? "yes" : "unknown");
}

int print(const std::string& path, bool time) {
    const auto opened = open_memory(std::span(&path, 1));
    if (!opened) return fail(opened.error());
    auto space = find_kernel_space(*opened->memory, nullptr);
    if (!space) return fail(space.error());
    DumpedKernel kernel(*opened->memory, std::move(*space));
    if (kernel.types() == nullptr) return fail(kernel.types_error());
    const FindSymbol find = kernel.find();
    const FindMember member = kernel.types()->finder();
    KernelReader memory = kernel.reader();
    const auto list = read_tasks(memory, member, find, opened->memory->memory_size());
    if (!list) return fail(list.error());
    const auto first = std::ranges::find(list->tasks, 1U, &KernelTask::pid);
    const std::uint64_t init = first == list->tasks.end() ? 0 : first->address.value;
    const auto begin = std::chrono::steady_clock::now();
    auto files = OpenFiles::open(memory, member, init);
    if (!files) return fail(files.error());
    Readers readers{std::move(*files), TaskPlaces(memory, member), ControlGroups(memory, member),
                    StackNames(memory, member), std::nullopt};
    if (time) {
        std::size_t count = 0;
        for (const KernelTask& task : list->tasks) count += readers.files.of(task.address.value).size();
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        std::cout << fmt::format("{} tasks {} descriptors {:.1f} ms\n", list->tasks.size(), count, took.count());
        return 0;
    }
    auto user = UserMemory::open(*opened->memory, kernel.space(), member, init);
    if (user) readers.user.emplace(std::move(*user));
    else std::cerr << "files: " << user.error().message << '\n';
    const auto calls = read_task_calls(memory, member, find, list->tasks);
    std::set<std::uint64_t> sockets;
    for (std::size_t i = 0; i < list->tasks.size(); ++i) {
        const KernelTask& task = list->tasks[i];
        if (task.pid == task.tgid) print_process(readers, task, sockets);
        if (calls && (*calls)[i].place == CallPlace::Inside && !task.running_on)
            print_call(readers, stack_words(memory, member, task), task, (*calls)[i]);
    }
    const FileTroubles& troubles = readers.files.troubles();
    std::cerr << fmt::format("files: unreadable: {} descriptors, {} paths, {} sockets\n", troubles.descriptors,
                             troubles.paths, troubles.sockets);
    return troubles.any() ? 3 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    const bool time = std::erase(words, "--time") > 0;
    if (words.size() != 1) {
        std::cerr << "Usage: files [--time] DUMP\n";
        return 2;
    }
    return print(words.back(), time);
}
