// SPDX-License-Identifier: GPL-2.0-or-later
// Names, argument counts and peculiarities of system calls, a table an ABI.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kstrax {

/// What keeps a call from returning once, under its own number, in the thread that made it.
enum class CallRole : std::uint8_t {
    Ordinary,
    Forks,      ///< returns also in a child that never entered
    Execs,      ///< may return under another thread id or ABI
    NoReturn,   ///< exit, exit_group
    SigReturn,  ///< the exit may carry number -1; its value is the interrupted context's, never an error
};

struct Syscall {
    std::uint16_t nr;  ///< as recorded: 12 bits; IA-64 from 1024; x32 without bit 30
    std::string_view name;
    /// 0..6, as the kernel takes them: on IA-32 and 32-bit ARM a 64-bit value counts twice. 0 where a
    /// number was reserved, but no signature is known.
    std::uint8_t arg_count;
    /// Bit i: argument i points to a NUL-terminated string that the kernel reads. Not set
    /// for counted bytes (write, sethostname) nor for what the kernel fills in.
    std::uint8_t string_args;
    CallRole role;
    /// The argument whose text the recorder captures as file name; -1: none.
    std::int8_t file_name_arg;
};

struct SyscallTable {
    std::string_view name;           ///< "x86_64", "ia32", "ia64", "x32", "arm64", "arm32", "riscv64"
    std::span<const Syscall> calls;  ///< sorted by nr; names are unique as well
    /// Position in calls of number calls.front().nr + i; kNoCall in gaps.
    std::span<const std::uint16_t> index;

    static constexpr std::uint16_t kNoCall = 0xffff;

    /// Null if there is no such call. Constant time.
    [[nodiscard]] const Syscall* find(std::uint16_t nr) const;
    /// Null if there is no such call. Linear: for what the user typed.
    [[nodiscard]] const Syscall* find(std::string_view call_name) const;
};

/// The table that numbers of this ABI are named from; null if the pair is not known.
/// audit_arch: AUDIT_ARCH_… of <linux/audit.h>; abi: CallAbi.
[[nodiscard]] const SyscallTable* syscall_table(std::uint32_t audit_arch, std::uint16_t abi);

/// The tables of all ABIs: for names in text whose machine is not known.
[[nodiscard]] std::span<const SyscallTable* const> syscall_tables();

}  // namespace kstrax
