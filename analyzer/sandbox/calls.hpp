// SPDX-License-Identifier: GPL-2.0-or-later
// The system calls that a program in the sandbox may still make, and why. Everything else is refused.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace kstrax {

/// Of an argument the low 32 bits count: that is all of an int, and all flags that are asked for here.
struct AllowedArgument {
    std::uint32_t index = 0;
    std::uint32_t mask = 0;  ///< 0: any argument will do
    std::array<std::uint32_t, 5> values{};
    std::size_t count = 0;  ///< of values: it is one of them, under the mask
};

struct AllowedCall {
    std::uint32_t number;
    AllowedArgument argument{};
};

[[nodiscard]] std::span<const AllowedCall> calls_to_analyse();
/// To make files.
[[nodiscard]] std::span<const AllowedCall> calls_for_outputs();
/// To talk to processes that were started before, and to wait for them.
[[nodiscard]] std::span<const AllowedCall> calls_for_helpers();
/// To start processes that read a dump in our place.
[[nodiscard]] std::span<const AllowedCall> calls_for_readers();
/// All that such a process itself needs beside calls_to_analyse().
[[nodiscard]] std::span<const AllowedCall> calls_of_readers();

/// Answered with ENOSYS: there is an older call, which the C library then takes.
[[nodiscard]] std::span<const std::uint32_t> calls_not_there();
/// What none of our programs ever does behind this point: whoever tries it is not ours any more, and ends.
[[nodiscard]] std::span<const std::uint32_t> deadly_calls();

}  // namespace kstrax
