// SPDX-License-Identifier: GPL-2.0-or-later
// What a failed system call returned: Linux's error numbers, the same on x86 and IA-64.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kstrax {

struct ErrnoInfo {
    std::uint16_t number;   ///< positive
    std::string_view name;  ///< "ENOENT"
    std::string_view text;  ///< "No such file or directory"
};

/// Null if the number has no meaning. Knows 1..133 and the kernel-internal 512..531; of
/// synonyms the commoner one: EAGAIN, EDEADLK, EOPNOTSUPP.
[[nodiscard]] const ErrnoInfo* errno_info(std::uint32_t number);

/// By name, as the user writes it: upper and lower case are the same, and synonyms
/// (EWOULDBLOCK, EDEADLOCK, ENOTSUP) are known. Null if there is none.
[[nodiscard]] const ErrnoInfo* errno_info(std::string_view name);

/// All of them, by number.
[[nodiscard]] std::span<const ErrnoInfo> errnos();

/// 512..516: the call was interrupted and will be made again, or ends with EINTR once a handler
/// has run; not yet an error. 515 (ENOIOCTLCMD) lies between and counts as one of them:
/// the kernel turns it into ENOTTY before a call returns, so it is never recorded.
[[nodiscard]] bool is_restart(std::uint32_t number);

}  // namespace kstrax
