// SPDX-License-Identifier: GPL-2.0-or-later
// What the user presses or sends to end a command that goes on by itself.
#pragma once

#include <chrono>
#include <csignal>

namespace kstrax {

/// From its construction on, they wait until they are asked for: what is begun is ended
/// whole. For the main thread, before there are others.
class EndSignals {
  public:
    EndSignals();
    /// Waits so long, or until one has come: true.
    [[nodiscard]] bool wait(std::chrono::milliseconds time) const;

  private:
    sigset_t signals_{};
};

}  // namespace kstrax
