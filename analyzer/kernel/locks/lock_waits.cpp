// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/locks/lock_waits.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "analyzer/base/enum_table.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kOwnerFlags = 7;    // of a mutex and of an rwsem: bits of the owner that are no address
constexpr std::uint64_t kReaderOwned = 1;   // of an rwsem's owner
constexpr std::uint64_t kRtMutexFlags = 3;  // it has waiters
constexpr std::uint64_t kBlockerKind = 3;   // BLOCKER_TYPE_…, in the low bits of task_struct.blocker
constexpr std::uint64_t kMostWords = 2048;  // of a stack, looked at for a waiter
constexpr unsigned kMostWaiters = 4096;
constexpr std::size_t kFramesOfLocks = 8;  // the slow path is among the innermost

enum : std::size_t { kWaiter, kWakes, kNode };  // of an entry of a queue

struct KindText {
    LockKind kind;
    std::string_view name, text, lock;
};
constexpr std::array kTexts{KindText{LockKind::Mutex, "mutex", "waits for a mutex", "mutex"},
                            KindText{LockKind::RwsemToRead, "rwsem_read", "waits to read under an rwsem", "rwsem"},
                            KindText{LockKind::RwsemToWrite, "rwsem_write", "waits to write under an rwsem", "rwsem"},
                            KindText{LockKind::RtMutex, "rt_mutex", "waits for an rt_mutex", "rt_mutex"},
                            KindText{LockKind::PercpuRwsem, "percpu_rwsem", "waits for a percpu rwsem", "percpu rwsem"},
                            KindText{LockKind::Flock, "flock", "waits for a flock", "flock"},
                            KindText{LockKind::FileLock, "file_lock", "waits for a file's lock", "file's lock"},
                            KindText{LockKind::Lease, "lease", "waits for a file's lease", "file's lease"}};
static_assert(in_order(kTexts, &KindText::kind));

/// Functions that wait for a lock, by how their names begin: waiters themselves look alike.
struct SlowPath {
    std::string_view name;
    LockKind kind;
};
constexpr std::array kSlowPaths{
    SlowPath{"__mutex_lock", LockKind::Mutex},
    SlowPath{"rwsem_down_read_slowpath", LockKind::RwsemToRead},
    SlowPath{"rwsem_down_write_slowpath", LockKind::RwsemToWrite},
    SlowPath{"rt_mutex_slowlock", LockKind::RtMutex},
    SlowPath{"__rt_mutex_slowlock", LockKind::RtMutex},
    SlowPath{"rt_mutex_wait_proxy_lock", LockKind::RtMutex},
    SlowPath{"rtlock_slowlock", LockKind::RtMutex},
    SlowPath{"percpu_rwsem_wait", LockKind::PercpuRwsem},
    SlowPath{"percpu_down_write", LockKind::PercpuRwsem},
};

}  // namespace

std::string_view lock_kind_name(LockKind kind) { return row_of(kTexts, kind).name; }

std::string_view lock_text(LockKind kind) { return kTexts[static_cast<std::size_t>(kind)].lock; }

std::string_view lock_kind_text(LockKind kind) { return row_of(kTexts, kind).text; }

LockReader::LockReader(KernelReader memory, const FindMember& member, std::span<const KernelTask> tasks,
                       CodeNames& names)
    : memory_(std::move(memory)),
      names_(&names),
      queued_(member, "wait_queue_entry", {"private", "func", "entry"}, memory_.word_size()) {
    percpu_queue_ = member("percpu_rw_semaphore", "waiters.head");
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks_.try_emplace(tasks[i].address.value, i);
    mutex_ = {member("mutex", "owner"), member("mutex", "wait_list"), member("mutex", "first_waiter"),
              member("mutex_waiter", "list"), member("mutex_waiter", "task")};
    rwsem_ = {member("rw_semaphore", "owner"), member("rw_semaphore", "wait_list"),
              member("rw_semaphore", "first_waiter"), member("rwsem_waiter", "list"), member("rwsem_waiter", "task")};
    blocker_ = member("task_struct", "blocker");
    blocked_on_ = member("task_struct", "pi_blocked_on");
    waited_lock_ = member("rt_mutex_waiter", "lock");
    rt_mutex_owner_ = member("rt_mutex_base", "owner");
    if (!rt_mutex_owner_) rt_mutex_owner_ = member("rt_mutex", "owner");  // before 5.15
}

std::optional<LockKind> LockReader::kind_of(const KernelStack& stack) {
    for (std::size_t i = 0; i < std::min(stack.frames.size(), kFramesOfLocks); ++i) {
        const CodePlace* place = names_->of_return(stack.frames[i].code);
        if (place == nullptr) continue;
        const auto path =
            std::ranges::find_if(kSlowPaths, [&](const SlowPath& row) { return place->name.starts_with(row.name); });
        if (path != kSlowPaths.end()) return path->kind;
    }
    return std::nullopt;
}

std::optional<std::size_t> LockReader::task_of(std::uint64_t owner) const {
    const auto found = tasks_.find(owner);
    return found == tasks_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<LockWait> LockReader::of(const KernelTask& task, const KernelStack& stack) {
    const auto kind = kind_of(stack);
    if (!kind) return std::nullopt;
    LockWait wait{.kind = *kind, .lock = {}, .owner = std::nullopt};
    if (*kind == LockKind::RtMutex) find_rt_mutex(wait, task);
    else if (*kind == LockKind::PercpuRwsem) find_percpu(wait, task, stack);
    else find_queued(wait, task, stack);
    return wait;
}

/// The task's entry in the lock's queue lies on its stack, and names the function that wakes it. The node of the queue
/// that is no such entry is the lock's own.
void LockReader::find_percpu(LockWait& wait, const KernelTask& task, const KernelStack& stack) {
    if (!queued_.knows_all() || !percpu_queue_) return;
    const auto is_entry = [&](std::uint64_t at) {
        if (!queued_.read(memory_, at)) return false;
        const CodePlace* wakes = names_->at({queued_[kWakes]});
        return wakes != nullptr && wakes->start.value == queued_[kWakes] && wakes->name == "percpu_rwsem_wake_function";
    };
    const std::uint64_t node_offset = *queued_.offset(kNode);
    for (std::uint64_t i = 0; i < kMostWords; ++i) {
        const std::uint64_t at = stack.sp + i * memory_.word_size();
        const auto word = memory_.pointer(at);
        if (!word) return;
        const std::uint64_t entry = at - *queued_.offset(kWaiter);
        if (*word != task.address.value || !is_entry(entry)) continue;
        std::uint64_t node = queued_[kNode];
        unsigned steps = 0;
        for (; is_entry(node - node_offset) && ++steps < kMostWaiters; node = queued_[kNode]) {
        }
        if (steps < kMostWaiters && memory_.pointer(node)) wait.lock = {node - percpu_queue_->offset};
        return;
    }
}

void LockReader::find_rt_mutex(LockWait& wait, const KernelTask& task) {
    if (!blocked_on_ || !waited_lock_ || !rt_mutex_owner_) return;
    const auto waiter = memory_.pointer(task.address.value + blocked_on_->offset);
    const auto lock = waiter && *waiter != 0 ? memory_.pointer(*waiter + waited_lock_->offset) : std::nullopt;
    if (!lock) return;
    wait.lock = {*lock};
    if (const auto owner = memory_.pointer(*lock + rt_mutex_owner_->offset))
        wait.owner = task_of(*owner & ~kRtMutexFlags);
}

/// A waiter lies on its task's stack: a list node whose neighbour points back (the other, if the one is not in memory),
/// and the task beside it.
std::optional<std::uint64_t> LockReader::waiter_on(const KernelStack& stack, std::uint64_t task, bool rwsem) {
    const Places& places = rwsem ? rwsem_ : mutex_;
    if (!places.waiter_list || !places.waiter_task) return std::nullopt;
    for (std::uint64_t i = 0; i < kMostWords; ++i) {
        const std::uint64_t at = stack.sp + i * memory_.word_size();
        const auto word = memory_.pointer(at);
        if (!word) return std::nullopt;
        if (*word != task) continue;
        const std::uint64_t node = at - places.waiter_task->offset + places.waiter_list->offset;
        const auto next = memory_.pointer(node);
        const auto back = next ? memory_.pointer(*next + memory_.word_size()) : std::nullopt;
        const auto previous = back ? std::nullopt : memory_.pointer(node + memory_.word_size());
        const auto forth = previous ? memory_.pointer(*previous) : std::nullopt;
        if (back ? *back == node : forth == node) return node;
    }
    return std::nullopt;
}

/// The other nodes of a queue, which leads back to where it began. Where one of them is not in memory, the rest is read
/// from the other side; none where that does not lead to the same place.
std::optional<std::vector<std::uint64_t>> LockReader::queue_of(std::uint64_t waiter) {
    std::vector<std::uint64_t> nodes;
    auto node = memory_.pointer(waiter);
    for (; node && *node != waiter && nodes.size() < kMostWaiters; node = memory_.pointer(*node))
        nodes.push_back(*node);
    if (node && *node == waiter) return nodes;
    if (node || nodes.empty()) return std::nullopt;
    const std::uint64_t missing = nodes.back();
    node = memory_.pointer(waiter + memory_.word_size());
    for (; node && *node != missing && nodes.size() < kMostWaiters; node = memory_.pointer(*node + memory_.word_size()))
        nodes.push_back(*node);
    return node && *node == missing ? std::optional(std::move(nodes)) : std::nullopt;
}

/// Before 7.1, the lock's own list holds the waiters: it is the one node that is no waiter's. A waiter whose task is not
/// known looks like that, too: then it is not told. Since 7.1 they are linked among themselves, and the lock leads to
/// the first; where it lies, a word of the stack tells.
std::optional<std::uint64_t> LockReader::lock_behind(std::uint64_t waiter, bool rwsem, const KernelStack& stack) {
    const Places& places = rwsem ? rwsem_ : mutex_;
    const auto nodes = queue_of(waiter);
    if (!nodes) return std::nullopt;
    std::unordered_set<std::uint64_t> waiters{waiter - places.waiter_list->offset};
    std::optional<std::uint64_t> own;
    for (const std::uint64_t node : *nodes) {
        const std::uint64_t other = node - places.waiter_list->offset;
        const auto task = memory_.pointer(other + places.waiter_task->offset);
        if (places.list && (!task || !task_of(*task))) {
            if (own) return std::nullopt;
            own = node - places.list->offset;
        } else {
            waiters.insert(other);
        }
    }
    if (places.list) return own;
    for (std::uint64_t i = 0; places.first && i < kMostWords; ++i) {
        const auto word = memory_.pointer(stack.sp + i * memory_.word_size());
        if (!word) break;
        // No lock lies on its waiter's stack: where the lock is not in memory, a place that leads to the waiter may.
        if (*word >= stack.sp && *word < stack.sp + kMostWords * memory_.word_size()) continue;
        const auto first = memory_.pointer(*word + places.first->offset);
        if (first && waiters.contains(*first)) return word;
    }
    return std::nullopt;
}

void LockReader::find_queued(LockWait& wait, const KernelTask& task, const KernelStack& stack) {
    const bool rwsem = wait.kind != LockKind::Mutex;
    const Places& places = rwsem ? rwsem_ : mutex_;
    if (!places.owner) return;
    std::optional<std::uint64_t> lock;
    if (blocker_) {
        const auto blocker = memory_.pointer(task.address.value + blocker_->offset);
        if (blocker && *blocker != 0) lock = *blocker & ~kBlockerKind;
    }
    if (!lock)
        if (const auto waiter = waiter_on(stack, task.address.value, rwsem)) lock = lock_behind(*waiter, rwsem, stack);
    if (!lock) return;
    wait.lock = {*lock};
    const auto owner = memory_.pointer(*lock + places.owner->offset);
    if (!owner) return;
    wait.owner = task_of(*owner & ~kOwnerFlags);
    wait.owner_reads = rwsem && (*owner & kReaderOwned) != 0;
}

}  // namespace kstrax
