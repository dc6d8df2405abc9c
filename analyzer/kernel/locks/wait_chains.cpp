// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/locks/wait_chains.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace kstrax {

namespace {

std::vector<LockQueue> by_lock(std::span<const LockWaiter> waiters) {
    std::vector<LockQueue> queues;
    std::unordered_map<std::uint64_t, std::size_t> places;
    for (std::size_t i = 0; i < waiters.size(); ++i) {
        const LockWait& wait = waiters[i].wait;
        if (wait.lock.value == 0) continue;
        const auto [place, is_new] =
            places.try_emplace((wait.frozen.value != 0 ? wait.frozen : wait.lock).value, queues.size());
        if (is_new)
            queues.push_back({.lock = wait.lock,
                              .kind = wait.kind,
                              .name = wait.name,
                              .frozen = wait.frozen,
                              .waiters = {},
                              .owner = {},
                              .longest = {},
                              .then = {}});
        LockQueue& queue = queues[place->second];
        queue.waiters.push_back(i);
        if (!queue.owner && wait.owner) {
            queue.owner = wait.owner;
            queue.read = wait.owner_reads;
        }
        queue.longest = std::max(queue.longest, waiters[i].off_cpu);
    }
    for (LockQueue& queue : queues)
        std::ranges::stable_sort(queue.waiters,
                                 [&](std::size_t a, std::size_t b) { return waiters[a].off_cpu > waiters[b].off_cpu; });
    return queues;
}

using Places = std::unordered_map<std::size_t, std::size_t>;

/// Follows the owners from each lock. `waits`: the lock that a task waits for.
void follow(std::vector<LockQueue>& queues, const Places& waits) {
    for (std::size_t first = 0; first < queues.size(); ++first) {
        LockQueue& queue = queues[first];
        const auto owner_of = [](const LockQueue& of) { return of.read ? std::nullopt : of.owner; };
        std::optional<std::size_t> owner = owner_of(queue);
        while (owner) {
            const auto next = waits.find(*owner);
            if (next == waits.end()) break;
            queue.circle = next->second == first;
            if (queue.circle || std::ranges::find(queue.then, next->second) != queue.then.end()) break;
            queue.then.push_back(next->second);
            owner = owner_of(queues[next->second]);
        }
    }
}

}  // namespace

std::vector<LockQueue> group_waiters(std::span<const LockWaiter> waiters) {
    std::vector<LockQueue> queues = by_lock(waiters);
    Places waits;
    for (std::size_t i = 0; i < queues.size(); ++i)
        for (const std::size_t waiter : queues[i].waiters) waits.try_emplace(waiters[waiter].task, i);
    // It read, and has let go: it would not wait for itself.
    for (LockQueue& queue : queues)
        if (queue.read && queue.owner && waits.contains(*queue.owner) && &queues[waits[*queue.owner]] == &queue)
            queue.owner.reset();
    follow(queues, waits);
    for (const LockQueue& queue : queues)
        for (const std::size_t further : queue.then) queues[further].behind += queue.waiters.size();
    for (LockQueue& queue : queues) queue.behind += queue.waiters.size();

    // Places among the queues follow them.
    std::vector<std::size_t> order(queues.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        const auto rank = [&](std::size_t i) {
            return std::tuple(queues[i].circle, queues[i].longest, queues[i].behind);
        };
        return rank(a) > rank(b);
    });
    std::vector<std::size_t> now(queues.size());
    for (std::size_t i = 0; i < order.size(); ++i) now[order[i]] = i;
    std::vector<LockQueue> sorted;
    sorted.reserve(queues.size());
    for (const std::size_t i : order) sorted.push_back(std::move(queues[i]));
    for (LockQueue& queue : sorted)
        for (std::size_t& further : queue.then) further = now[further];
    return sorted;
}

}  // namespace kstrax
