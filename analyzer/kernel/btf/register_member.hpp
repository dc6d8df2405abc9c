// SPDX-License-Identifier: GPL-2.0-or-later
// Members of struct pt_regs by the names of an architecture's rows.
#pragma once

#include "analyzer/kernel/btf/kernel_types.hpp"

namespace kstrax {

/// No kernel's has more bytes.
constexpr std::uint64_t kMostRegisters = 1024;

/// "orig_ax", or "regs[3]" of an array of words. None where the kernel has no such member.
[[nodiscard]] std::optional<Member> register_member(const FindMember& member, std::string_view name,
                                                    std::uint8_t word_size);

}  // namespace kstrax
