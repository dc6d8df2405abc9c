// SPDX-License-Identifier: GPL-2.0-or-later
// A guest that stands while it is read, and goes on whatever becomes of the reader.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>

#include "analyzer/memory/qmp/qmp_connection.hpp"

namespace kstrax {

/// Stops the guest, if it runs. A process of its own keeps the connection and lets the guest go on when it is told
/// to, and also when the reader has ended without a word: by Ctrl-C, SIGKILL or a fault.
class GuestPause {
  public:
    /// `connection` must outlive it, and serves commands meanwhile; after end() no more.
    [[nodiscard]] static Result<std::unique_ptr<GuestPause>> begin(QmpConnection& connection);

    GuestPause(const GuestPause&) = delete;
    GuestPause& operator=(const GuestPause&) = delete;
    ~GuestPause() { (void)end(); }

    /// Whether the guest ran before.
    [[nodiscard]] bool stopped() const { return stopped_; }

    /// Lets a guest go on that ran before; the second time, does nothing. Returns how long it stood; fails if it may
    /// still stand.
    [[nodiscard]] Result<std::chrono::nanoseconds> end();

  private:
    GuestPause(OwnedDescriptor keeper, pid_t process, std::chrono::milliseconds limit)
        : keeper_(std::move(keeper)), process_(process), limit_(limit) {}
    [[nodiscard]] Result<void> stop(QmpConnection& connection);

    OwnedDescriptor keeper_;  // a socket to the process
    pid_t process_;
    std::chrono::milliseconds limit_;
    bool stopped_ = false;
    std::chrono::steady_clock::time_point since_;
};

}  // namespace kstrax
