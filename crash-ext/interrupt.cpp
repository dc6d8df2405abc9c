// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/interrupt.hpp"

namespace kstrax {

namespace {

CancelFlag asked_to_stop{false};

void on_interrupt(int) { asked_to_stop.store(true, std::memory_order_relaxed); }

}  // namespace

Interrupt::Interrupt() {
    asked_to_stop = false;
    struct sigaction action {};
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, &interrupt_before_);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &pipe_before_);
}

Interrupt::~Interrupt() {
    sigaction(SIGINT, &interrupt_before_, nullptr);
    sigaction(SIGPIPE, &pipe_before_, nullptr);
}

CancelFlag& Interrupt::flag() const { return asked_to_stop; }

}  // namespace kstrax
