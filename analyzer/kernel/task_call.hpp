// SPDX-License-Identifier: GPL-2.0-or-later
// Where a task of the dumped kernel is, as far as system calls go.
#pragma once

#include <array>
#include <cstdint>

#include "formats/layout.hpp"

namespace kstrax {

enum class CallPlace : std::uint8_t {
    Unknown,
    Nowhere,  ///< in user mode or come from there by an exception, or a task that makes no calls
    Inside,   ///< in the call
    Behind,   ///< the call has its result, the task is still on its way back to user mode
};

struct TaskCall {
    CallPlace place = CallPlace::Unknown;
    /// As the recorder stores them; valid Inside and Behind.
    std::uint16_t abi = 0;
    std::uint16_t nr = 0;
    /// Of an execve that has replaced the program: zeros.
    std::array<std::uint64_t, kMostArgs> args{};

    [[nodiscard]] bool known() const { return place != CallPlace::Unknown; }
    [[nodiscard]] bool has_number() const { return place == CallPlace::Inside || place == CallPlace::Behind; }
};

}  // namespace kstrax
