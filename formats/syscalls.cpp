// SPDX-License-Identifier: GPL-2.0-or-later
#include "formats/syscalls.hpp"

#include <linux/audit.h>

#include <algorithm>
#include <array>
#include <functional>

#include "formats/kstrax_abi.h"

namespace kstrax {
namespace {

// The columns that a row may have after nr, name and arg_count; what is left out is ordinary.
struct Strings {
    std::uint8_t mask;
};
struct FileName {
    std::int8_t arg;
};

consteval Strings str(auto... args) { return {static_cast<std::uint8_t>((0U | ... | (1U << args)))}; }
consteval FileName file_name(std::int8_t arg) { return {arg}; }
using enum CallRole;

consteval void set(Syscall& call, Strings strings) { call.string_args = strings.mask; }
consteval void set(Syscall& call, CallRole role) { call.role = role; }
consteval void set(Syscall& call, FileName name) {
    call.file_name_arg = name.arg;
    set(call, str(name.arg));
}

consteval Syscall row(std::uint16_t nr, std::string_view name, std::uint8_t arg_count, auto... columns) {
    Syscall call{nr, name, arg_count, 0, Ordinary, -1};
    (set(call, columns), ...);
    return call;
}

#define CALL(nr, name, ...) row(nr, #name, __VA_ARGS__),
#define CALL64 CALL
constexpr auto kX86Calls = std::to_array<Syscall>({
#include "formats/tables/x86_64.inc"
});
constexpr auto kIa32Calls = std::to_array<Syscall>({
#include "formats/tables/ia32.inc"
});
constexpr auto kIa64Calls = std::to_array<Syscall>({
#include "formats/tables/ia64.inc"
});
#define CALL_ARM64 CALL
#define CALL_RISCV64(...)
constexpr auto kArm64Calls = std::to_array<Syscall>({
#include "formats/tables/generic.inc"
});
#undef CALL_ARM64
#undef CALL_RISCV64
#define CALL_ARM64(...)
#define CALL_RISCV64 CALL
constexpr auto kRiscv64Calls = std::to_array<Syscall>({
#include "formats/tables/generic.inc"
});
#undef CALL_ARM64
#undef CALL_RISCV64
constexpr auto kArm32Calls = std::to_array<Syscall>({
#include "formats/tables/arm32.inc"
});
#undef CALL64
#define CALL64(...)
constexpr auto kX32Calls = std::to_array<Syscall>({
// In the order of numbers.
// clang-format off
#include "formats/tables/x86_64.inc"
#include "formats/tables/x32.inc"
    // clang-format on
});
#undef CALL64
#undef CALL

/// A number's position in its table, so that naming a call costs one load.
template <const auto& kCalls>
consteval auto dense_index() {
    static_assert(std::ranges::adjacent_find(kCalls, std::ranges::greater_equal{}, &Syscall::nr) == kCalls.end(),
                  "rows must ascend by number");
    std::array<std::uint16_t, kCalls.back().nr - kCalls.front().nr + 1> index{};
    index.fill(SyscallTable::kNoCall);
    for (std::size_t i = 0; i < kCalls.size(); ++i) {
        index[kCalls[i].nr - kCalls.front().nr] = static_cast<std::uint16_t>(i);
    }
    return index;
}

template <const auto& kCalls>
constexpr auto kIndex = dense_index<kCalls>();

constexpr SyscallTable kX86{"x86_64", kX86Calls, kIndex<kX86Calls>};
constexpr SyscallTable kIa32{"ia32", kIa32Calls, kIndex<kIa32Calls>};
constexpr SyscallTable kIa64{"ia64", kIa64Calls, kIndex<kIa64Calls>};
constexpr SyscallTable kArm64{"arm64", kArm64Calls, kIndex<kArm64Calls>};
constexpr SyscallTable kArm32{"arm32", kArm32Calls, kIndex<kArm32Calls>};
constexpr SyscallTable kRiscv64{"riscv64", kRiscv64Calls, kIndex<kRiscv64Calls>};
constexpr SyscallTable kX32{"x32", kX32Calls, kIndex<kX32Calls>};

struct AbiTable {
    std::uint32_t audit_arch;
    std::uint16_t abi;
    const SyscallTable& table;
};

constexpr AbiTable kAbiTables[] = {
    {AUDIT_ARCH_X86_64, KSTRAX_ABI_NATIVE, kX86},    {AUDIT_ARCH_X86_64, KSTRAX_ABI_COMPAT, kIa32},
    {AUDIT_ARCH_X86_64, KSTRAX_ABI_X32, kX32},       {AUDIT_ARCH_I386, KSTRAX_ABI_NATIVE, kIa32},
    {AUDIT_ARCH_IA64, KSTRAX_ABI_NATIVE, kIa64},     {AUDIT_ARCH_AARCH64, KSTRAX_ABI_NATIVE, kArm64},
    {AUDIT_ARCH_AARCH64, KSTRAX_ABI_COMPAT, kArm32}, {AUDIT_ARCH_RISCV64, KSTRAX_ABI_NATIVE, kRiscv64},
};

constexpr const SyscallTable* kTables[] = {&kX86, &kIa32, &kX32, &kIa64, &kArm64, &kArm32, &kRiscv64};

}  // namespace

const Syscall* SyscallTable::find(std::uint16_t nr) const {
    // A number below the first wraps round to beyond the index.
    const std::size_t at = std::size_t{nr} - calls.front().nr;
    return at < index.size() && index[at] != kNoCall ? &calls[index[at]] : nullptr;
}

const Syscall* SyscallTable::find(std::string_view call_name) const {
    const auto at = std::ranges::find(calls, call_name, &Syscall::name);
    return at == calls.end() ? nullptr : &*at;
}

const SyscallTable* syscall_table(std::uint32_t audit_arch, std::uint16_t abi) {
    for (const AbiTable& row : kAbiTables) {
        if (row.audit_arch == audit_arch && row.abi == abi) return &row.table;
    }
    return nullptr;
}

std::span<const SyscallTable* const> syscall_tables() { return kTables; }

}  // namespace kstrax
