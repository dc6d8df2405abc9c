// SPDX-License-Identifier: GPL-2.0-or-later
// What a recorded return value means.
#pragma once

#include <cstdint>

#include "analyzer/trace/call_names.hpp"
#include "formats/errnos.hpp"

namespace kstrax {

struct ReturnValue {
    std::int64_t value = 0;    ///< sign-extended from the machine's word
    std::uint64_t word = 0;    ///< the machine's word: an address, say
    std::uint32_t number = 0;  ///< errno or ERESTART… number; 0: neither
    [[nodiscard]] bool is_restart() const { return number != 0 && kstrax::is_restart(number); }
    /// The call failed. A call that the kernel is about to restart has not.
    [[nodiscard]] bool is_error() const { return number != 0 && !is_restart(); }
};

/// `recorded`: args[0] of an exit. sigreturn's value belongs to the interrupted code, so it is no error.
[[nodiscard]] inline ReturnValue interpret_return(std::uint64_t recorded, std::uint8_t word_size, CallRole role) {
    constexpr std::int64_t kMostErrno = 4095;  // MAX_ERRNO of the kernel
    ReturnValue result;
    result.word = word_size == 4 ? static_cast<std::uint32_t>(recorded) : recorded;
    result.value = word_size == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(recorded))
                                  : static_cast<std::int64_t>(recorded);
    if (role != CallRole::SigReturn && result.value < 0 && result.value >= -kMostErrno)
        result.number = static_cast<std::uint32_t>(-result.value);
    return result;
}

}  // namespace kstrax
