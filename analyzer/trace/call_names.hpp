// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of the calls of one machine, by ABI and number.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "formats/record.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

/// "native", "compat", "x32"; "unknown" for any other value.
[[nodiscard]] constexpr std::string_view abi_name(std::uint16_t abi) {
    constexpr std::array<std::string_view, kAbis + 1> kNames{"native", "compat", "x32", "unknown"};
    return kNames[abi < kAbis ? abi : kAbis];
}

class CallNames {
  public:
    explicit CallNames(std::uint32_t audit_arch) {
        for (std::uint16_t abi = 0; abi < kAbis; ++abi) {
            tables_[abi] = syscall_table(audit_arch, abi);
            if (tables_[abi] == nullptr) continue;
            for (const Syscall& call : tables_[abi]->calls) calls_[abi * kCallNumbers + call.nr] = &call;
        }
    }

    /// Null where the number is not in the ABI's table.
    [[nodiscard]] const Syscall* find(std::uint16_t abi, std::uint16_t nr) const {
        return abi < kAbis && nr < kCallNumbers ? calls_[abi * kCallNumbers + nr] : nullptr;
    }
    /// Null where the ABI has no call of this name. Linear: for what the user typed.
    [[nodiscard]] const Syscall* find(std::uint16_t abi, std::string_view name) const {
        const SyscallTable* table = abi < kAbis ? tables_[abi] : nullptr;
        return table == nullptr ? nullptr : table->find(name);
    }
    /// A call's name by its table; "syscall_N" for a number without a name, in `scratch`;
    /// "unknown" where no number was recorded.
    [[nodiscard]] std::string_view name_of(std::uint16_t abi, std::uint16_t nr, std::string& scratch) const {
        if (const Syscall* call = find(abi, nr)) return call->name;
        if (nr == kNrNone || nr == kNrTooBig) return "unknown";
        scratch = "syscall_" + std::to_string(nr);
        return scratch;
    }
    [[nodiscard]] CallRole role(std::uint16_t abi, std::uint16_t nr) const {
        const Syscall* call = find(abi, nr);
        return call == nullptr ? CallRole::Ordinary : call->role;
    }

  private:
    std::array<const SyscallTable*, kAbis> tables_{};
    std::vector<const Syscall*> calls_ =
        std::vector<const Syscall*>(kAbis * kCallNumbers);  // asked for with every record
};

}  // namespace kstrax
