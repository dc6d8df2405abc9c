// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/tasks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "analyzer/kernel/namespace_pids.hpp"
#include "analyzer/kernel/pid_table.hpp"
#include "analyzer/kernel/run_queues.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kMostTasks = std::uint64_t{1} << 22;  // PID_MAX_LIMIT of 64-bit kernels
constexpr std::uint64_t kLargestTask = 64 << 10;              // up to its last member that is read; 6.1 has 3 KB

/// The members that are read of a task_struct and its signal_struct. Threads are linked to
/// signal_struct.thread_head since 0c740d0afc3b (3.14), before there was BTF.
struct TaskMembers {
    Member tasks, pid, tgid, comm, flags, state, exit_state, signal, thread_node, thread_head;
    std::optional<Member> sibling, children;  // asked where the list is damaged
    std::uint64_t first = 0;                  // of the bytes of a task that hold them all
    std::uint64_t last = 0;
    std::uint64_t size = 0;  // of a task_struct
};

struct MemberRow {
    std::string_view type;
    std::string_view name;
    std::string_view old_name;  // empty: it has only one
    Member TaskMembers::*member;
};

constexpr std::array kMembers{
    MemberRow{"task_struct", "tasks", "", &TaskMembers::tasks},
    MemberRow{"task_struct", "pid", "", &TaskMembers::pid},
    MemberRow{"task_struct", "tgid", "", &TaskMembers::tgid},
    MemberRow{"task_struct", "comm", "", &TaskMembers::comm},
    MemberRow{"task_struct", "flags", "", &TaskMembers::flags},
    MemberRow{"task_struct", "__state", "state", &TaskMembers::state},  // since 2f064a59a11f (5.14)
    MemberRow{"task_struct", "exit_state", "", &TaskMembers::exit_state},
    MemberRow{"task_struct", "signal", "", &TaskMembers::signal},
    MemberRow{"task_struct", "thread_node", "", &TaskMembers::thread_node},
    MemberRow{"signal_struct", "thread_head", "", &TaskMembers::thread_head},
};

Result<TaskMembers> task_members(const FindMember& find_member, std::uint64_t word_size) {
    TaskMembers members;
    members.first = kLargestTask;
    for (const MemberRow& row : kMembers) {
        auto member = find_member(row.type, row.name);
        if (!member && !row.old_name.empty()) member = find_member(row.type, row.old_name);
        if (!member) return Error{ErrorCode::NotFound, fmt::format("no member {} in {}", row.name, row.type)};
        members.*row.member = *member;
        const std::uint64_t size = std::max(member->size, word_size);
        if (member->offset > kLargestTask || size > kLargestTask)
            return Error{ErrorCode::Corrupt, fmt::format("BTF: {}.{} lies at {}, {} bytes long", row.type, row.name,
                                                         member->offset, member->size)};
        if (row.type != "task_struct") continue;
        members.first = std::min(members.first, member->offset);
        members.last = std::max(members.last, member->offset + size);
    }
    const auto small = [&](std::string_view name) {
        auto member = find_member("task_struct", name);
        return member && member->offset <= kLargestTask && member->size == 2 * word_size ? member : std::nullopt;
    };
    members.sibling = small("sibling");
    members.children = small("children");
    const auto whole = find_member("task_struct", "");
    members.size = std::max(whole ? whole->size : 0, members.last);
    return members;
}

/// The bytes of one task that hold the members that are read. A page may be missing among them.
class TaskBytes {
  public:
    TaskBytes(const TaskMembers& members, std::uint8_t word_size)
        : members_(members), word_size_(word_size), bytes_(static_cast<std::size_t>(members.last - members.first)) {}

    /// False where nothing of it is there.
    [[nodiscard]] bool read(KernelReader& memory, std::uint64_t task) {
        holes_.clear();
        const std::uint64_t begin = task + members_.first;
        if (memory.read(begin, bytes_)) return true;
        std::size_t there = 0;
        for (std::size_t at = 0; at < bytes_.size();) {
            const auto size = static_cast<std::size_t>(
                std::min<std::uint64_t>(kSmallestPage - (begin + at) % kSmallestPage, bytes_.size() - at));
            if (memory.read(begin + at, MutableBytes(bytes_).subspan(at, size))) ++there;
            else holes_.push_back({at, at + size});
            at += size;
        }
        return there > 0;
    }
    [[nodiscard]] bool whole() const { return holes_.empty(); }
    /// Whether what numbers, pointers and texts of this member would be read from is there.
    [[nodiscard]] bool has(const Member& member) const {
        const std::uint64_t begin = member.offset - members_.first,
                            end = begin + std::max<std::uint64_t>(member.size, 1);
        return std::ranges::none_of(holes_, [&](const Hole& hole) { return begin < hole.end && hole.begin < end; });
    }
    [[nodiscard]] std::uint64_t number(const Member& member) const {
        return number(member, std::min<std::uint64_t>(member.size, sizeof(std::uint64_t)));
    }
    /// A pointer, or the first of a member's two: list_head.next.
    [[nodiscard]] std::uint64_t pointer(const Member& member) const { return number(member, word_size_); }
    [[nodiscard]] std::string text(const Member& member) const {
        return std::string(bounded_text(as_text(*slice(bytes_, member.offset - members_.first, member.size))));
    }

  private:
    [[nodiscard]] std::uint64_t number(const Member& member, std::uint64_t size) const {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes_.data() + (member.offset - members_.first), static_cast<std::size_t>(size));
        return value;
    }

    struct Hole {
        std::uint64_t begin, end;  // in bytes_
    };

    const TaskMembers& members_;
    std::uint8_t word_size_;
    std::vector<std::byte> bytes_;
    std::vector<Hole> holes_;
};

class TaskWalk {
  public:
    TaskWalk(KernelReader memory, const TaskMembers& members, NamespacePids pids, std::uint64_t most)
        : memory_(std::move(memory)),
          members_(members),
          pids_(std::move(pids)),
          bytes_(members, memory_.word_size()),
          most_(most) {}

    void all_from(std::uint64_t first) {
        std::uint64_t leader = first;
        std::uint64_t before = 0;
        do {
            if (before != 0 && !leads_back(leader + members_.tasks.offset, members_.tasks, before)) return;
            if (!add(leader)) return;
            const auto next = pointer_of(members_.tasks), signal = pointer_of(members_.signal);
            threads_of(leader, signal);
            if (!next) return (void)broken(leader, "cannot be read further");
            before = leader + members_.tasks.offset;
            leader = *next - members_.tasks.offset;
        } while (leader != first);
        if (!is_closed(first + members_.tasks.offset, members_.tasks, before)) (void)broken(first, "ends too early");
    }

    /// What a damaged list has lost: by its other direction, and by all that have a pid.
    /// `counted`: how many threads the kernel counts, without idle tasks.
    void recover(std::uint64_t first, const std::vector<NumberedTask>& with_pid, std::optional<std::uint64_t> counted) {
        const std::size_t before = list_.tasks.size();
        std::uint64_t after = first;
        for (std::uint64_t leader = before_of(first); leader != first && leads_on(leader, after);
             leader = before_of(leader)) {
            if (!take(leader, TaskWitness::Backwards)) break;
            threads_of(leader, pointer_of(members_.signal), TaskWitness::Backwards);
            after = leader;
        }
        const std::size_t backwards = list_.tasks.size();
        for (const NumberedTask& one : with_pid) (void)take(one.task.value, TaskWitness::PidTable, one.pid);
        const std::size_t numbered = list_.tasks.size();
        // Each that is found may lead to more.
        for (std::size_t place = 0; place < list_.tasks.size(); ++place)
            take_neighbours(KernelTask(list_.tasks[place]));
        std::string rest = "others may be missing";
        list_.complete = false;
        if (counted) {
            const auto found = static_cast<std::uint64_t>(
                std::ranges::count_if(list_.tasks, [](const KernelTask& task) { return task.pid != 0; }));
            list_.complete = found >= *counted;
            rest = fmt::format("of {} threads that the kernel counts, {} are missing", *counted,
                               *counted - std::min(*counted, found));
        }
        list_.findings.add(
            FindingId::TaskListDamaged,
            fmt::format(
                "of what the kernel's list of tasks has lost, {} tasks are known by the list read backwards, {} "
                "more by the table of pids, {} more by their relatives; {}",
                backwards - before, numbered - backwards, list_.tasks.size() - numbered, rest));
    }

    /// Says how many of the tasks have something missing.
    void count_partial() {
        const auto partial = std::ranges::count(list_.tasks, true, &KernelTask::partial);
        if (partial > 0)
            list_.findings.add(
                FindingId::TaskListDamaged,
                fmt::format("of {} tasks, parts are not in memory: what is not known of them is left out", partial),
                static_cast<std::uint64_t>(partial));
    }

    void add_run_queue(const RunQueue& queue, bool panicked) {
        for (const std::uint64_t task : {queue.current, queue.idle}) {
            if (task == 0 || (!places_.contains(task) && !add(task, TaskWitness::RunQueue))) continue;
            if (task != queue.current) continue;
            KernelTask& running = list_.tasks[places_[task]];
            running.running_on = queue.cpu;
            running.panicked = panicked;
        }
    }

    [[nodiscard]] bool damaged() const { return !list_.findings.empty(); }
    [[nodiscard]] TaskList list() && { return std::move(list_); }

  private:
    /// False where the way ends: the task is not there, or it was passed before.
    bool add(std::uint64_t task, TaskWitness witness = TaskWitness::List) {
        if (places_.contains(task)) return broken(task, "leads in a circle");
        if (places_.size() >= most_) return broken(task, "has more tasks than memory can hold");
        return take(task, witness) || broken(task, "cannot be read further");
    }

    /// False where it is not there, or known already. `pid`: by what led to it.
    bool take(std::uint64_t task, TaskWitness witness, std::optional<Tid> pid = std::nullopt) {
        if (places_.contains(task) || places_.size() >= most_ || !bytes_.read(memory_, task)) return false;
        if (bytes_.has(members_.pid)) pid = static_cast<Tid>(bytes_.number(members_.pid));
        if (!pid) pid = pids_.own(task);
        if (!pid) return false;
        places_.emplace(task, list_.tasks.size());
        const bool named = bytes_.has(members_.comm);
        list_.tasks.push_back({.address = {task},
                               .known_by = witness,
                               .pid = *pid,
                               .tgid = bytes_.has(members_.tgid) ? static_cast<Tid>(bytes_.number(members_.tgid)) : 0,
                               .nspid = pids_.of(task),
                               .command = named ? bytes_.text(members_.comm) : "?",
                               .state = state_in_bytes(),
                               .flags = bytes_.has(members_.flags) ? bytes_.number(members_.flags) : 0,
                               .running_on = std::nullopt,
                               .panicked = false,
                               .partial = !bytes_.whole(),
                               .named = named});
        return true;
    }

    /// One that ends has the rest of its state elsewhere.
    [[nodiscard]] std::uint64_t state_in_bytes() const {
        constexpr std::uint64_t kExiting = 0x4;  // PF_EXITING
        if (!bytes_.has(members_.state)) return kStateMissing;
        const std::uint64_t state = bytes_.number(members_.state);
        if (bytes_.has(members_.exit_state)) return state | bytes_.number(members_.exit_state);
        const bool lives = bytes_.has(members_.flags) && (bytes_.number(members_.flags) & kExiting) == 0;
        return lives ? state : kStateMissing;
    }

    [[nodiscard]] std::optional<std::uint64_t> pointer_of(const Member& member) const {
        return bytes_.has(member) ? std::optional(bytes_.pointer(member)) : std::nullopt;
    }

    /// Those beside it in its lists, where these point back.
    void take_neighbours(const KernelTask& task) {
        const std::uint64_t at = task.address.value, word = memory_.word_size();
        const auto take_beside = [&](std::uint64_t node, const Member& list) {
            for (const std::uint64_t way : {std::uint64_t{0}, word}) {
                const auto next = memory_.pointer(node + way);
                if (next && memory_.pointer(*next + (word - way)) == node) (void)take_known(*next - list.offset);
            }
        };
        // A thread that leads no process has what its maker had there.
        if (task.pid == task.tgid && is_double(members_.tasks)) take_beside(at + members_.tasks.offset, members_.tasks);
        if (is_double(members_.thread_node)) take_beside(at + members_.thread_node.offset, members_.thread_node);
        if (!members_.sibling || !members_.children) return;
        take_beside(at + members_.sibling->offset, *members_.sibling);
        take_beside(at + members_.children->offset, *members_.sibling);
    }

    /// What a list leads to may be the list's head, which is in no task, or in another's.
    bool take_known(std::uint64_t task) {
        return !places_.contains(task) && pids_.is_own(task) && take(task, TaskWitness::Relative);
    }

    /// The types tell that it has two pointers.
    [[nodiscard]] bool is_double(const Member& list) const {
        return list.size >= std::uint64_t{2} * memory_.word_size();
    }
    /// Whether a list's node points back to the one before it: else that one's pointer is damaged. One that is not
    /// there, or was passed, is for others to tell.
    bool leads_back(std::uint64_t node, const Member& list, std::uint64_t before) {
        const std::uint64_t task = node - list.offset;
        const auto back = is_double(list) ? memory_.pointer(node + memory_.word_size()) : std::nullopt;
        return !back || *back == before || places_.contains(task) || broken(task, "does not lead back");
    }
    bool is_closed(std::uint64_t head, const Member& list, std::uint64_t last) {
        const auto back = is_double(list) ? memory_.pointer(head + memory_.word_size()) : std::nullopt;
        return !back || *back == last;
    }
    bool leads_on(std::uint64_t task, std::uint64_t after) {
        return memory_.pointer(task + members_.tasks.offset) == after + members_.tasks.offset;
    }
    /// The task before it in the list; 0, which is none, where that is not known.
    std::uint64_t before_of(std::uint64_t task) {
        if (!is_double(members_.tasks)) return 0;
        const auto back = memory_.pointer(task + members_.tasks.offset + memory_.word_size());
        return back ? *back - members_.tasks.offset : 0;
    }

    /// `signal`: none where the leader does not tell.
    void threads_of(std::uint64_t leader, std::optional<std::uint64_t> signal,
                    TaskWitness witness = TaskWitness::List) {
        const std::uint64_t head = signal.value_or(0) + members_.thread_head.offset;
        auto node = signal ? memory_.pointer(head) : std::nullopt;
        std::uint64_t before = head;
        if (signal && !node) {  // the leader is the first of the list, and its last one leads to the head
            before = leader + members_.thread_node.offset;
            node = memory_.pointer(before);
        }
        if (!node) {
            (void)broken(leader, "is known without its threads");
            return;
        }
        while (*node != head) {
            const std::uint64_t task = *node - members_.thread_node.offset;
            if (!leads_back(*node, members_.thread_node, before)) return;
            if (task != leader && !add(task, witness)) return;
            before = *node;
            node = memory_.pointer(*node);
            if (!node) {
                (void)broken(task, "cannot be read further");
                return;
            }
        }
        if (!is_closed(head, members_.thread_head, before)) (void)broken(leader, "ends too early");
    }

    bool broken(std::uint64_t task, std::string_view how) {
        if (list_.findings.size() < kMostSentences)
            list_.findings.add(FindingId::TaskListDamaged,
                               fmt::format("the kernel's list of tasks {} at {:#x}", how, task));
        return false;
    }

    static constexpr std::size_t kMostSentences = 4;

    KernelReader memory_;
    const TaskMembers& members_;
    NamespacePids pids_;
    TaskBytes bytes_;
    std::uint64_t most_;
    std::unordered_map<std::uint64_t, std::size_t> places_;  // in list_.tasks
    TaskList list_;
};

/// What a state's bits say, in the order in which crash lets one win over another.
/// Source: include/linux/sched.h; the values are the same since 8ef9925b02c2 (4.14).
struct StateName {
    std::uint64_t bits;
    bool all;  // all of them, or any
    std::string_view name;
};
constexpr std::array kStates{
    StateName{0x8, false, "TR"},           // __TASK_TRACED
    StateName{0x4, false, "ST"},           // __TASK_STOPPED
    StateName{0x20, false, "ZO"},          // EXIT_ZOMBIE
    StateName{0x402, true, "ID"},          // TASK_IDLE: not to be counted as load
    StateName{0x2 | 0x1000, false, "UN"},  // TASK_UNINTERRUPTIBLE, TASK_RTLOCK_WAIT
    StateName{0x1, false, "IN"},           // TASK_INTERRUPTIBLE
    StateName{0x90, false, "DE"},          // EXIT_DEAD, TASK_DEAD
    StateName{0x40, false, "PA"},          // TASK_PARKED
    StateName{0x8000, false, "UN"},        // TASK_FROZEN
    StateName{0x800, false, "NE"},         // TASK_NEW
    StateName{0x200, false, "WA"},         // TASK_WAKING
};

/// Of all processes, without idle tasks.
std::optional<std::uint64_t> counted_threads(KernelReader memory, const FindSymbol& find) {
    constexpr std::uint64_t kIntSize = 4;
    const auto counted = find("nr_threads");
    return counted ? memory.number(counted->value, kIntSize) : std::nullopt;
}

}  // namespace

std::string_view state_name(std::uint64_t state) {
    if (state == 0) return "RU";
    for (const StateName& row : kStates) {
        const std::uint64_t set = state & row.bits;
        if (row.all ? set == row.bits : set != 0) return row.name;
    }
    return "??";
}

std::string_view witness_name(TaskWitness witness) {
    constexpr std::array<std::string_view, 5> kNames{"list", "run queue", "list backwards", "pid table", "relatives"};
    return kNames[static_cast<std::size_t>(witness)];
}

bool KernelTask::dead() const {
    constexpr std::uint64_t kDead = 0xb0;  // EXIT_DEAD, EXIT_ZOMBIE, TASK_DEAD
    return (state & kDead) != 0;
}

Result<TaskList> read_tasks(const KernelReader& memory, const FindMember& member, const FindSymbol& find,
                            std::uint64_t most) {
    const auto first = find("init_task");
    if (!first) return Error{ErrorCode::NotFound, "the kernel's symbols have no init_task"};
    const auto members = task_members(member, memory.word_size());
    if (!members) return members.error();
    const auto queues = read_run_queues(memory, member, find);
    if (!queues) return queues.error();

    const std::uint64_t most_tasks = std::min(kMostTasks, most / members->size + 1);
    TaskWalk walk(memory, *members, NamespacePids(memory, member), most_tasks);
    walk.all_from(first->value);
    if (walk.damaged())
        walk.recover(first->value, read_pid_table(memory, member, find, most_tasks), counted_threads(memory, find));
    const auto panicked = panicked_cpu(memory, find);
    for (const RunQueue& queue : *queues) walk.add_run_queue(queue, queue.cpu == panicked);
    walk.count_partial();
    return std::move(walk).list();
}

}  // namespace kstrax
