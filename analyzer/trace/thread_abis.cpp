// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/thread_abis.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kMostThreads = 1 << 22;  // PID_MAX_LIMIT

}  // namespace

void ThreadAbis::settle(Record& record) {
    Entry& entry = record.entry;
    if (entry.abi != kAbiNative) return;
    if (entry.kind == kKindEntry) enter(entry);
    else if (entry.kind == kKindExit) leave(entry);
}

/// What it knew of the call before goes: that has returned, though its exit may be lost.
void ThreadAbis::enter(Entry& entry) {
    const auto known = threads_.find(entry.pid);
    const Thread before = known == threads_.end() ? Thread{} : known->second;
    if (before.compat) entry.abi = kAbiCompat;
    const CallRole of_call = role(before.compat, entry);
    const Thread now{
        .compat = before.compat && of_call != CallRole::NoReturn,  // the number may be another thread's, later
        .execs = of_call == CallRole::Execs,
        .forks = before.compat && of_call == CallRole::Forks};
    if (before.forks) --forking_;
    if (now.forks) ++forking_;
    if (now.compat || now.execs) threads_[entry.pid] = now;
    else if (known != threads_.end()) threads_.erase(known);
}

/// The first that is seen of a child: its return from the call that made it, before its parent returns or behind.
bool ThreadAbis::is_child(const Entry& entry) {
    if (entry.args[0] != 0 || role(true, entry) != CallRole::Forks || role(false, entry) == CallRole::Forks)
        return false;
    if (awaited_.erase(entry.pid) != 0) return true;
    if (forking_ == 0) return false;
    returned_.insert(entry.pid);
    return true;
}

void ThreadAbis::leave(Entry& entry) {
    const std::uint64_t result = entry.args[0];
    const auto known = threads_.find(entry.pid);
    if (known == threads_.end()) {
        if (!is_child(entry)) return;
        threads_[entry.pid] = {.compat = true};
        entry.abi = kAbiCompat;
        return;
    }
    Thread& thread = known->second;
    const bool changed = thread.execs && result == 0 && role(thread.compat, entry) != CallRole::Execs &&
                         role(!thread.compat, entry) == CallRole::Execs;
    if (changed) thread.compat = !thread.compat;
    thread.execs = false;
    if (thread.forks) {
        thread.forks = false;
        --forking_;
        const auto child = static_cast<Tid>(result);
        // A child of vfork may have become another program by now.
        if (result > 0 && result <= kMostThreads && returned_.erase(child) == 0) awaited_.insert(child);
    }
    if (thread.compat) entry.abi = kAbiCompat;
    else threads_.erase(known);
}

}  // namespace kstrax
