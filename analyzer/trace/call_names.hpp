// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of the calls of one machine, by ABI and number.
#pragma once

#include <array>

#include "formats/kstrax_abi.h"
#include "formats/syscalls.hpp"

namespace kstrax {

inline constexpr std::size_t kAbis = 3;  // enum kstrax_abi

class CallNames {
  public:
    explicit CallNames(std::uint32_t audit_arch) {
        for (std::uint16_t abi = 0; abi < kAbis; ++abi) tables_[abi] = syscall_table(audit_arch, abi);
    }

    /// Null where the number is not in the ABI's table.
    [[nodiscard]] const Syscall* find(std::uint16_t abi, std::uint16_t nr) const {
        const SyscallTable* table = abi < kAbis ? tables_[abi] : nullptr;
        return table == nullptr ? nullptr : table->find(nr);
    }
    /// Null where the ABI has no call of this name. Linear: for what the user typed.
    [[nodiscard]] const Syscall* find(std::uint16_t abi, std::string_view name) const {
        const SyscallTable* table = abi < kAbis ? tables_[abi] : nullptr;
        return table == nullptr ? nullptr : table->find(name);
    }
    [[nodiscard]] CallRole role(std::uint16_t abi, std::uint16_t nr) const {
        const Syscall* call = find(abi, nr);
        return call == nullptr ? CallRole::Ordinary : call->role;
    }

  private:
    std::array<const SyscallTable*, kAbis> tables_{};
};

}  // namespace kstrax
