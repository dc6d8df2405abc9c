// SPDX-License-Identifier: GPL-2.0-or-later
// By which ABI each thread makes its calls, where records do not tell: a program may be replaced by one of another ABI. On
// x86-64 execve then returns under the number that it has there; arm64 keeps the number, so nothing is known of its threads.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "analyzer/recording/event.hpp"
#include "analyzer/trace/call_names.hpp"

namespace kstrax {

/// Of records in the order of their times. A thread is taken to make native calls until a record shows another. Memory grows
/// with the threads of the other ABI, and with the children that they ever had.
class ThreadAbis {
  public:
    explicit ThreadAbis(std::uint32_t audit_arch) : names_(audit_arch) {}

    /// Puts its ABI into a record of a call that has the native one.
    void settle(Record& record);

  private:
    struct Thread {
        bool compat = false;
        bool execs = false;  // it is in a call that may change its ABI
        bool forks = false;
    };
    void enter(Entry& entry);
    void leave(Entry& entry);
    [[nodiscard]] bool is_child(const Entry& entry);
    [[nodiscard]] CallRole role(bool compat, const Entry& entry) const {
        return names_.role(compat ? kAbiCompat : kAbiNative, entry.nr);
    }

    CallNames names_;
    std::unordered_map<Tid, Thread> threads_;  // that make compat calls, or are in execve
    std::size_t forking_ = 0;                  // of these
    std::unordered_set<Tid> returned_;         // children whose parents have not returned yet
    std::unordered_set<Tid> awaited_;          // children that have not, though their parents have
};

}  // namespace kstrax
