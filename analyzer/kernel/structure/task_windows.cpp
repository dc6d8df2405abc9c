// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/structure/task_windows.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace kstrax {

namespace {

constexpr std::uint64_t kWindow = 2 * kSmallestPage;  // 6.1 has what is looked for in its first 4 KiB
constexpr std::uint64_t kMostSteps = 1 << 18;         // along all lists; PID_MAX of 32-bit kernels is 1 << 15
constexpr std::size_t kFewestTasks = 8;               // any kernel starts more of its own
constexpr std::size_t kMostWindows = 1024;
constexpr std::string_view kInit = "swapper";  // INIT_TASK_COMM; "/0" behind it where there may be several CPUs
constexpr std::string_view kParent = "kthreadd";

/// As far as memory is there.
TaskWindow window_at(KernelReader& memory, std::uint64_t at) {
    TaskWindow window{at, {}};
    while (window.bytes.size() < kWindow) {
        const std::uint64_t next = at + window.bytes.size();
        const auto piece =
            static_cast<std::size_t>(std::min(kSmallestPage - next % kSmallestPage, kWindow - window.bytes.size()));
        window.bytes.resize(window.bytes.size() + piece);
        if (memory.read(next, MutableBytes(window.bytes).last(piece))) continue;
        window.bytes.resize(window.bytes.size() - piece);
        break;
    }
    return window;
}

std::optional<std::string> command_of(std::span<const std::byte> bytes) {
    const std::string_view text = as_text(bytes);
    const std::size_t end = text.find('\0');
    if (end == text.npos) return std::nullopt;
    return std::string(text.substr(0, end));
}

/// Where init_task has its command.
std::vector<std::uint64_t> commands_of(const TaskWindow& init) {
    std::vector<std::uint64_t> found;
    const std::string_view text = as_text(init.bytes);
    for (std::size_t at = text.find(kInit); at != text.npos; at = text.find(kInit, at + 1)) {
        if (at + kCommandSize > text.size()) break;
        const auto command = command_of(std::span(init.bytes).subspan(at, kCommandSize));
        if (command == kInit || command == std::string(kInit) + "/0") found.push_back(at);
    }
    return found;
}

/// The nodes of a list but its first; none where it is no ring, or too few follow.
std::vector<std::uint64_t> ring_from(KernelReader& memory, std::uint64_t first, std::uint64_t& steps) {
    std::vector<std::uint64_t> nodes;
    std::uint64_t before = first;
    for (; steps < kMostSteps; ++steps) {
        const auto node = memory.pointer(before);
        if (!node || memory.pointer(*node + memory.word_size()) != before) return {};
        if (*node == first) return nodes.size() + 1 < kFewestTasks ? std::vector<std::uint64_t>() : nodes;
        nodes.push_back(*node);
        before = *node;
    }
    return {};
}

/// Which of these is kthreadd's; none where it is not there, or one has no command.
std::optional<std::size_t> place_of_kthreadd(KernelReader& memory, const std::vector<std::uint64_t>& nodes,
                                             std::uint64_t distance) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto command = command_at(memory, nodes[i] + distance);
        if (!command) return std::nullopt;
        if (!found && *command == kParent) found = i;
    }
    return found;
}

struct List {
    std::uint64_t offset = 0;
    std::uint64_t command = 0;
    std::vector<std::uint64_t> nodes;
    std::size_t kthreadd = 0;
};

Result<List> the_list(KernelReader& memory, const TaskWindow& init) {
    std::optional<List> found;
    std::uint64_t steps = 0;
    const std::vector<std::uint64_t> commands = commands_of(init);
    const std::uint64_t word = memory.word_size();
    for (std::uint64_t at = 0; at + 2 * word <= init.bytes.size(); at += word) {
        const std::vector<std::uint64_t> nodes = ring_from(memory, init.at + at, steps);
        if (steps >= kMostSteps)
            return Error{ErrorCode::Corrupt, fmt::format("the lists from init_task on have no end after {}", steps)};
        for (const std::uint64_t command : commands) {
            const auto kthreadd = nodes.empty() ? std::nullopt : place_of_kthreadd(memory, nodes, command - at);
            if (!kthreadd) continue;
            if (found) return Error{ErrorCode::Corrupt, "several lists of init_task look like that of all tasks"};
            found = List{at, command, nodes, *kthreadd};
        }
    }
    if (!found) return Error{ErrorCode::NotFound, "no list of init_task leads through all tasks"};
    return std::move(*found);
}

}  // namespace

std::uint64_t TaskWindow::number(std::uint64_t offset, std::uint64_t size) const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + offset, static_cast<std::size_t>(size));
    return value;
}

std::optional<std::string> command_at(KernelReader& memory, std::uint64_t at) {
    std::array<std::byte, kCommandSize> bytes{};
    if (!memory.read(at, bytes)) return std::nullopt;
    return command_of(bytes);
}

Result<TaskWindows> read_task_windows(KernelReader memory, std::uint64_t init_task) {
    TaskWindows windows;
    windows.word_size = memory.word_size();
    windows.tasks.push_back(window_at(memory, init_task));
    auto list = the_list(memory, windows.tasks.front());
    if (!list) return list.error();
    windows.list = list->offset;
    windows.command = list->command;
    const std::size_t step = list->nodes.size() / kMostWindows + 1;
    for (std::size_t i = 0; i < list->nodes.size(); ++i) {
        if (i == list->kthreadd) windows.kthreadd = windows.tasks.size();
        if (i == list->kthreadd || i % step == 0)
            windows.tasks.push_back(window_at(memory, list->nodes[i] - list->offset));
    }
    const auto size = [](const TaskWindow& task) { return task.bytes.size(); };
    windows.size = size(*std::ranges::min_element(windows.tasks, {}, size));
    if (windows.size < std::max(windows.list + 2 * windows.word_size, windows.command + kCommandSize))
        return Error{ErrorCode::NotFound, "of some tasks too little is in the image"};
    return windows;
}

}  // namespace kstrax
