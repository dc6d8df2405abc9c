// SPDX-License-Identifier: GPL-2.0-or-later
// What a person asks first of a dead machine, gathered: why, who, what each CPU ran, who waits for what.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/kernel/locks/wait_chains.hpp"
#include "analyzer/kernel/open/kernel_time.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"
#include "analyzer/views/kernel/overview/last_words.hpp"
#include "analyzer/views/kernel/thread_text.hpp"

namespace kstrax {

/// Tasks that wait in the same place of the kernel, in no lock that is known: blocked ones, and those that wait for
/// a server.
struct BlockedGroup {
    std::string where;                  ///< the innermost functions: "request_wait_answer < fuse_simple_request"
    std::string_view what;              ///< the same in words; empty: there are none for it
    std::vector<std::size_t> pictures;  ///< the longest first
};

struct Overview {
    LastWords words;
    std::string no_log;  ///< why there is none; empty: there is
    KernelTime time;
    std::string host;
    std::string no_tasks;  ///< why there are none; empty: there are
    std::size_t tasks = 0;
    std::uint64_t doubtful = 0;  ///< stacks that break off
    /// Of the tasks that ran, or were blocked, or wait for a lock, or hold one that others wait for.
    std::vector<ThreadPicture> pictures;
    std::optional<std::size_t> panicked;  ///< of them
    std::vector<std::size_t> running;     ///< of them, by CPU
    std::vector<std::size_t> blocked;     ///< of them: the longest first
    std::vector<LockWaiter> waiters;      ///< their tasks are places among the pictures
    std::vector<LockQueue> queues;        ///< of those
    std::vector<BlockedGroup> elsewhere;  ///< the longest first
    Findings findings;
};

/// Reads what there is: a part that cannot be read stops no other.
[[nodiscard]] Overview gather_overview(const KernelContext& context, KernelThreads* threads, ThreadText* text);

/// What of it is known by the tasks alone.
void gather_tasks(Overview& found, ThreadText& text, const CancelFlag* cancel);

/// What a task with this stack waits for, "an answer of a FUSE server"; empty: there are no words for it.
[[nodiscard]] std::string_view words_for(std::string_view functions);

/// The functions of a dying task's stack without those by which a kernel panics: "trouble_write < vfs_write".
[[nodiscard]] std::string without_panic(std::string_view functions);

}  // namespace kstrax
