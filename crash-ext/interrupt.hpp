// SPDX-License-Identifier: GPL-2.0-or-later
// Ctrl-C and closed pipes while a command runs.
#pragma once

#include <signal.h>

#include "analyzer/base/cancel.hpp"

namespace kstrax {

/// While it lives, SIGINT sets a flag instead of jumping to crash's prompt over
/// everything, and a pipe without reader is a failed write. One at a time.
class Interrupt {
  public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    [[nodiscard]] CancelFlag& flag() const;

  private:
    struct sigaction interrupt_before_ {};
    struct sigaction pipe_before_ {};
};

}  // namespace kstrax
