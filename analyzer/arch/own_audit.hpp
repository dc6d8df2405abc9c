// SPDX-License-Identifier: GPL-2.0-or-later
// The architecture for which this program is built, as the kernel names it to filters of system calls.
#pragma once

#include <linux/audit.h>

#include <cstdint>

namespace kstrax {

#if defined(__x86_64__) && !defined(__ILP32__)
inline constexpr std::uint32_t kOwnAudit = AUDIT_ARCH_X86_64;
#elif defined(__i386__)
inline constexpr std::uint32_t kOwnAudit = AUDIT_ARCH_I386;
#elif defined(__aarch64__)
inline constexpr std::uint32_t kOwnAudit = AUDIT_ARCH_AARCH64;
#else
inline constexpr std::uint32_t kOwnAudit = 0;  ///< not known: no filter
#endif

}  // namespace kstrax
