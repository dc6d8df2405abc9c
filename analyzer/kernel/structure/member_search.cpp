// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/structure/member_search.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kInt = 4;
constexpr std::uint64_t kMostPids = std::uint64_t{1} << 22;  // PID_MAX_LIMIT
constexpr std::uint64_t kSleeps = 0x1;                       // TASK_INTERRUPTIBLE
constexpr std::uint64_t kIdles = 0x402;                      // TASK_IDLE
constexpr std::uint64_t kDead = 0x80;                        // TASK_DEAD
constexpr std::uint64_t kStates = 0x1ffff;                   // all bits of states
constexpr std::uint64_t kExits = 0x30;                       // EXIT_ZOMBIE, EXIT_DEAD
constexpr std::uint64_t kChildEnded = 17;                    // SIGCHLD
constexpr std::uint64_t kMostSignals = 64;
constexpr std::uint64_t kThread = 0xffffffff;   // exit_signal of all threads but a process's first
constexpr std::uint64_t kLargestSignal = 4096;  // signal_struct
constexpr std::uint64_t kLargestPid = 256;      // struct pid, without the namespaces' numbers
constexpr std::uint64_t kDeepest = 32;          // MAX_PID_NS_LEVEL
constexpr std::size_t kMostLists = 64;

class Search {
  public:
    Search(KernelReader memory, const TaskWindows& windows)
        : memory_(std::move(memory)), windows_(windows), word_(windows.word_size) {}

    Result<FoundMembers> all(std::uint64_t first_namespace) {
        using Step = std::function<bool(std::uint64_t)>;
        struct Row {
            std::string_view name;
            std::uint64_t FoundMembers::*place;
            std::function<std::pair<std::uint64_t, std::uint64_t>()> among;
            std::uint64_t step;
            Step is_it;
        };
        const auto whole = [this] { return std::pair(std::uint64_t{0}, windows_.size); };
        const std::array rows{
            Row{"pid", &FoundMembers::pid, whole, kInt, [this](auto at) { return is_pid(at); }},
            Row{"stack", &FoundMembers::stack, whole, word_, [this](auto at) { return is_stack(at); }},
            // The state stands before what a kernel may shuffle, which begins with the stack.
            Row{"__state", &FoundMembers::state, [this] { return std::pair(std::uint64_t{0}, places_.stack); }, kInt,
                [this](auto at) { return is_state(at); }},
            Row{"flags", &FoundMembers::flags,
                [this] { return std::pair(places_.stack + word_, std::min(windows_.size, places_.stack + 4 * word_)); },
                kInt, [this](auto at) { return is_flags(at); }},
            Row{"exit_state", &FoundMembers::exit_state, whole, kInt, [this](auto at) { return is_exit_state(at); }},
        };
        for (const Row& row : rows) {
            const auto [first, last] = row.among();
            const auto found = only(row.name, first, last, row.step, row.is_it);
            if (!found) return found.error();
            places_.*row.place = *found;
        }
        if (auto found = threads(); !found) return found.error();
        if (auto found = pids(first_namespace); !found) return found.error();
        return places_;
    }

  private:
    [[nodiscard]] std::uint64_t number(const TaskWindow& task, std::uint64_t at) const { return task.number(at, kInt); }
    [[nodiscard]] std::uint64_t pointer(const TaskWindow& task, std::uint64_t at) const {
        return task.number(at, word_);
    }
    [[nodiscard]] bool fits(std::uint64_t at, std::uint64_t size) const { return at + size <= windows_.size; }
    [[nodiscard]] const TaskWindow& init() const { return windows_.tasks.front(); }
    [[nodiscard]] const TaskWindow& kthreadd() const { return windows_.tasks[windows_.kthreadd]; }
    [[nodiscard]] bool every(const std::function<bool(const TaskWindow&)>& holds) const {
        return std::ranges::all_of(windows_.tasks, holds);
    }
    [[nodiscard]] std::size_t how_many(const std::function<bool(const TaskWindow&)>& holds) const {
        return static_cast<std::size_t>(std::ranges::count_if(windows_.tasks, holds));
    }

    static Error unproved(std::string_view name, std::size_t places) {
        return {ErrorCode::NotFound, fmt::format("by their structure, {} places of tasks could be {}", places, name)};
    }
    [[nodiscard]] Result<std::uint64_t> only(std::string_view name, std::uint64_t first, std::uint64_t last,
                                             std::uint64_t step,
                                             const std::function<bool(std::uint64_t)>& is_it) const {
        std::uint64_t found = 0;
        std::size_t count = 0;
        for (std::uint64_t at = first; at + step <= last; at += step) {
            if (!is_it(at)) continue;
            found = at;
            ++count;
        }
        if (count != 1) return unproved(name, count);
        return found;
    }

    /// Two ints: the same in a process's first thread, another for each process.
    [[nodiscard]] bool is_pid(std::uint64_t at) const {
        if (!fits(at, 2 * kInt)) return false;
        std::set<std::uint64_t> seen;
        return number(init(), at) == 0 && number(kthreadd(), at) == 2 && every([&](const TaskWindow& task) {
                   const std::uint64_t pid = number(task, at);
                   return pid == number(task, at + kInt) && pid <= kMostPids && seen.insert(pid).second;
               });
    }

    /// A page, and at its begin the mark by which the kernel notices that a stack was too small. Zombies
    /// have none.
    [[nodiscard]] bool is_stack(std::uint64_t at) {
        std::set<std::uint64_t> seen;
        return pointer(init(), at) != 0 && pointer(kthreadd(), at) != 0 && every([&](const TaskWindow& task) {
                   const std::uint64_t stack = pointer(task, at);
                   if (stack == 0) return true;
                   return stack % kSmallestPage == 0 && seen.insert(stack).second &&
                          memory_.number(stack, kInt) == kStackEnd;
               });
    }

    /// None but states; tasks that sleep and that idle are among them, and most do not run.
    [[nodiscard]] bool is_state(std::uint64_t at) const {
        const auto is = [&](std::uint64_t state) {
            return how_many([&](const TaskWindow& task) { return number(task, at) == state; });
        };
        return number(init(), at) == 0 && is(kSleeps) > 0 && is(kIdles) > 0 && is(0) < windows_.tasks.size() / 2 &&
               every([&](const TaskWindow& task) {
                   const std::uint64_t state = number(task, at);
                   return (state & ~kStates) == 0 && state_name(state) != "??";
               });
    }

    /// Behind the stack; the kernel's own tasks have the bit, and the first of user mode has not.
    [[nodiscard]] bool is_flags(std::uint64_t at) const {
        const auto of_kernel = [&](const TaskWindow& task) { return (number(task, at) & kKernelThread) != 0; };
        return of_kernel(init()) && of_kernel(kthreadd()) &&
               every([&](const TaskWindow& task) { return number(task, places_.pid) != 1 || !of_kernel(task); }) &&
               how_many([&](const TaskWindow& task) { return number(task, places_.pid) == 1; }) == 1;
    }

    /// Before the exit's code and signal, which is SIGCHLD for most.
    [[nodiscard]] bool is_exit_state(std::uint64_t at) const {
        const std::uint64_t signal = at + 2 * kInt;
        if (!fits(signal, kInt)) return false;
        const std::size_t usual = how_many([&](const TaskWindow& task) { return number(task, signal) == kChildEnded; });
        return usual > windows_.tasks.size() / 2 && number(init(), signal) == 0 && every([&](const TaskWindow& task) {
                   const std::uint64_t exit = number(task, at);
                   const std::uint64_t sent = number(task, signal);
                   const std::uint64_t state = number(task, places_.state);
                   const bool dead = (state & kDead) != 0;
                   // Whoever has exited runs, to the end, or is dead; it waits for nothing any more.
                   return (exit & ~kExits) == 0 && (exit != 0 ? dead || state == 0 : !dead) &&
                          (sent <= kMostSignals || sent == kThread);
               });
    }

    /// A process's first thread stands first in a list whose head its signal_struct has.
    Result<void> threads() {
        std::vector<std::uint64_t> nodes;
        for (std::uint64_t at = 0; fits(at, 2 * word_); at += word_)
            if (every([&](const TaskWindow& task) { return is_first(task, at); })) nodes.push_back(at);
        if (nodes.size() > kMostLists) return unproved("thread_node", nodes.size());
        std::size_t count = 0;
        for (const std::uint64_t node : nodes)
            if (is_thread_node(node)) ++count;
        if (count != 1) return unproved("thread_node", count);
        return {};
    }
    [[nodiscard]] bool is_first(const TaskWindow& task, std::uint64_t at) {
        const std::uint64_t head = pointer(task, at + word_);
        const std::uint64_t next = pointer(task, at);
        return memory_.pointer(head) == task.at + at && memory_.pointer(next + word_) == task.at + at;
    }
    bool is_thread_node(std::uint64_t node) {
        for (std::uint64_t at = 0; fits(at, word_); at += word_) {
            const std::uint64_t head = pointer(init(), node + word_) - pointer(init(), at);
            if (head >= kLargestSignal || at == node || at == node + word_) continue;
            std::set<std::uint64_t> seen, distances;
            const bool always = every([&](const TaskWindow& task) {
                distances.insert(pointer(task, at) - task.at);
                return pointer(task, node + word_) - pointer(task, at) == head &&
                       seen.insert(pointer(task, at)).second && second_is_of(task, node);
            });
            if (!always || distances.size() == 1) continue;  // the same: an empty list in the task itself
            places_.thread_node = node;
            places_.signal = at;
            places_.thread_head = head;
            return true;
        }
        return false;
    }
    /// The second thread of a process, if there is one, is of that process.
    [[nodiscard]] bool second_is_of(const TaskWindow& task, std::uint64_t node) {
        const std::uint64_t next = pointer(task, node);
        if (next == pointer(task, node + word_)) return true;
        return memory_.number(next - node + places_.pid + kInt, kInt) == number(task, places_.pid);
    }

    /// struct pid has a task's pid in the first namespace, behind it that namespace.
    Result<void> pids(std::uint64_t first_namespace) {
        std::size_t count = 0;
        for (std::uint64_t at = 0; fits(at, word_); at += word_) {
            for (std::uint64_t numbers = 2 * kInt; numbers < kLargestPid; numbers += word_) {
                if (!every([&](const TaskWindow& task) { return is_struct_pid(task, at, numbers, first_namespace); }))
                    continue;
                places_.thread_pid = at;
                places_.numbers = numbers;
                ++count;
            }
        }
        if (count != 1) return unproved("thread_pid", count);
        return {};
    }
    [[nodiscard]] bool is_struct_pid(const TaskWindow& task, std::uint64_t at, std::uint64_t numbers,
                                     std::uint64_t first_namespace) {
        const std::uint64_t pid = pointer(task, at);
        if (pid == 0 || pid % word_ != 0 || memory_.pointer(pid + numbers + word_) != first_namespace) return false;
        const auto level = memory_.number(pid + kInt, kInt);
        return level && *level <= kDeepest && memory_.number(pid + numbers, kInt) == number(task, places_.pid);
    }

    KernelReader memory_;
    const TaskWindows& windows_;
    std::uint64_t word_;
    FoundMembers places_;
};

}  // namespace

Result<FoundMembers> search_members(KernelReader memory, const TaskWindows& windows, std::uint64_t first_namespace) {
    return Search(std::move(memory), windows).all(first_namespace);
}

}  // namespace kstrax
