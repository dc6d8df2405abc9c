// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers that a record is told by, for all who read records and not rings. layout.cpp holds
// them against the ring's ABI.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kstrax {

/// What a record says of its call. There is no kind 0.
enum RecordKind : std::uint8_t {
    kKindEntry = 1,  ///< it was entered: the arguments
    kKindExit = 2,   ///< it returned: what it returned
    kKindPath = 3,   ///< a piece of a file name that belongs to the record before it
    kKindOther = 4,  ///< an event that is no system call's; never in a slot
};

/// Which table of numbers and arguments a call was made through.
enum CallAbi : std::uint16_t {
    kAbiNative = 0,
    kAbiCompat = 1,  ///< IA-32 calls on x86-64
    kAbiX32 = 2,     ///< its numbers are without bit 30
};
inline constexpr std::size_t kAbis = 3;
inline constexpr std::uint16_t kNoAbi = 0xffff;  ///< of what is no call

/// How many numbers of calls a record can hold; the two highest are no numbers.
inline constexpr std::size_t kCallNumbers = 4096;
inline constexpr std::uint16_t kNrNone = 0xfff;    ///< the kernel gave none, as after rt_sigreturn
inline constexpr std::uint16_t kNrTooBig = 0xffe;  ///< one that a record cannot hold: no such call exists

inline constexpr std::size_t kMostPath = 4096;     ///< bytes of the longest file name, NUL included
inline constexpr std::size_t kLargestEntry = 256;  ///< bytes of the largest slot that is read

}  // namespace kstrax
