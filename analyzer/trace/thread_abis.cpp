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

void ThreadAbis::enter(Entry& entry) {
    const auto known = threads_.find(entry.pid);
    const bool compat = known != threads_.end() && known->second.compat;
    if (compat) entry.abi = kAbiCompat;
    const CallRole of_call = role(compat, entry);
    if (of_call == CallRole::Execs) threads_[entry.pid] = {.compat = compat, .execs = true};
    if (known == threads_.end() || of_call == CallRole::Execs) return;
    known->second.execs = false;
    if (of_call == CallRole::NoReturn) {  // the number may be another thread's, later
        threads_.erase(known);
    } else if (of_call == CallRole::Forks) {
        known->second.forks = true;
        ++forking_;
    }
}

void ThreadAbis::leave(Entry& entry) {
    const std::uint64_t result = entry.args[0];
    const auto known = threads_.find(entry.pid);
    if (known == threads_.end()) {
        // A child may return before its parent does.
        const bool child = forking_ > 0 && result == 0 && role(true, entry) == CallRole::Forks &&
                           role(false, entry) != CallRole::Forks;
        if (!child) return;
        threads_[entry.pid] = {.compat = true};
        entry.abi = kAbiCompat;
        return;
    }
    Thread& thread = known->second;
    if (thread.execs) {
        thread.execs = false;
        const bool changed = result == 0 && role(thread.compat, entry) != CallRole::Execs &&
                             role(!thread.compat, entry) == CallRole::Execs;
        if (changed) thread.compat = !thread.compat;
    }
    if (thread.compat) entry.abi = kAbiCompat;
    const bool forked = thread.forks && role(thread.compat, entry) == CallRole::Forks;
    if (forked) {
        thread.forks = false;
        --forking_;
        if (result > 0 && result <= kMostThreads) threads_[static_cast<Tid>(result)] = {.compat = true};
    } else if (!thread.compat) {
        threads_.erase(known);
    }
}

}  // namespace kstrax
