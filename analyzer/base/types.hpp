// SPDX-License-Identifier: GPL-2.0-or-later
// Strong types for quantities that must not be mixed.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>

namespace kstrax {

/// A physical address of the dumped machine, in bytes.
struct PhysAddr {
    std::uint64_t value = 0;
    auto operator<=>(const PhysAddr&) const = default;
    constexpr PhysAddr operator+(std::uint64_t bytes) const { return {value + bytes}; }
};

/// A virtual address of the dumped machine, in bytes.
struct VirtAddr {
    std::uint64_t value = 0;
    auto operator<=>(const VirtAddr&) const = default;
};

/// CLOCK_MONOTONIC of the dumped machine, in nanoseconds.
using Nanos = std::uint64_t;

/// A CPU number, as the kernel counts them.
using CpuId = std::uint32_t;
inline constexpr std::uint32_t kMostCpus = 8192;  ///< NR_CPUS of the largest kernels

/// Bytes of the smallest page that there is: it divides every other page's size.
inline constexpr std::uint64_t kSmallestPage = 4096;
inline constexpr std::uint64_t kLargestPage = 65536;
constexpr bool is_page_size(std::uint64_t bytes) {
    return std::has_single_bit(bytes) && bytes >= kSmallestPage && bytes <= kLargestPage;
}

/// A thread id in the initial pid namespace (what the kernel calls pid).
using Tid = std::uint32_t;

}  // namespace kstrax
