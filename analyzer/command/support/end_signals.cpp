// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/end_signals.hpp"

#include <ctime>

namespace kstrax {

EndSignals::EndSignals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals_, signal);
    sigprocmask(SIG_BLOCK, &signals_, nullptr);
}

bool EndSignals::wait(std::chrono::milliseconds time) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const std::chrono::nanoseconds rest = time - seconds;
    const timespec limit{.tv_sec = static_cast<std::time_t>(seconds.count()),
                         .tv_nsec = static_cast<long>(rest.count())};
    return sigtimedwait(&signals_, nullptr, &limit) > 0;
}

}  // namespace kstrax
