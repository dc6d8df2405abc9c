// SPDX-License-Identifier: GPL-2.0-or-later
// How a page of the kernel's trace rings is made, for those who read it and those who write it.
// Source: include/linux/ring_buffer.h and kernel/trace/ring_buffer.c of Linux 5.10 to 7.3.
#pragma once

#include <cstdint>

namespace kstrax {

inline constexpr std::uint64_t kRingHeader = 4;  ///< bytes of an event before its data or its further words
inline constexpr unsigned kRingKindBits = 5;
inline constexpr unsigned kRingDeltaBits = 32 - kRingKindBits;
inline constexpr std::uint32_t kRingMostDelta = (1U << kRingDeltaBits) - 1;

// The lowest 5 bits of a header. Up to kRingMostShort: that many words of data.
inline constexpr std::uint32_t kRingMostShort = 28;
inline constexpr std::uint32_t kRingLong = 0;  ///< the next word says how many bytes there are, its own included
inline constexpr std::uint32_t kRingPadding = 29;
inline constexpr std::uint32_t kRingTimeExtend = 30;  ///< the next word has the higher bits of the time that has passed
inline constexpr std::uint32_t kRingTimeStamp = 31;   ///< the next word has the higher bits of the time itself

// A page that the kernel has given away says in the bits above its length whether events are missing before it, and whether
// their number stands behind its own.
inline constexpr std::uint64_t kRingLengthMask = (std::uint64_t{1} << 30) - 1;
inline constexpr std::uint64_t kRingMissedCounted = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kRingMissed = std::uint64_t{1} << 31;

}  // namespace kstrax
