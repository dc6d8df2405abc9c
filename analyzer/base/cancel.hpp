// SPDX-License-Identifier: GPL-2.0-or-later
// A wish to stop, that long work asks for now and then.
#pragma once

#include <atomic>

namespace kstrax {

/// Set by a signal handler or another thread.
using CancelFlag = std::atomic<bool>;
static_assert(CancelFlag::is_always_lock_free, "a signal handler sets it");

/// `flag`: null where nobody can ask.
[[nodiscard]] inline bool cancelled(const CancelFlag* flag) {
    return flag != nullptr && flag->load(std::memory_order_relaxed);
}

}  // namespace kstrax
