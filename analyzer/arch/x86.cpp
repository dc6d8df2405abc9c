// SPDX-License-Identifier: GPL-2.0-or-later
// Source: QEMUCPUState in QEMU's target/i386/arch_dump.c; the same in dumps of
// 32-bit guests.
#include "analyzer/arch/x86.hpp"

#include "analyzer/base/bytes.hpp"

namespace kstrax::x86 {

namespace {

constexpr std::size_t kStateSize = 432;  // up to and with CR4; newer versions have more behind it
constexpr std::uint64_t kCsSelector = 0x98;
constexpr std::uint64_t kCr0 = 0x188;
constexpr std::uint64_t kCr3 = kCr0 + 0x18;
constexpr std::uint64_t kCr4 = kCr0 + 0x20;
constexpr std::uint64_t kCr0Paging = 1U << 31;
constexpr std::uint32_t kPrivilege = 3;  // the selector's low bits; 0 in kernel mode

}  // namespace

std::optional<ControlRegisters> kernel_control_registers(std::span<const Note> notes) {
    for (const Note& note : notes) {
        if (note.name != "QEMU" || note.descriptor.size() < kStateSize) continue;
        FieldReader state(note.descriptor);
        const bool in_kernel = (state.u32(kCsSelector) & kPrivilege) == 0;
        const ControlRegisters registers{state.u64(kCr3), state.u64(kCr4)};
        if (in_kernel && (state.u64(kCr0) & kCr0Paging) != 0 && registers.cr3 != 0) return registers;
    }
    return std::nullopt;
}

Error nothing_to_go_by() {
    return {ErrorCode::NotFound,
            "neither VMCOREINFO (in the dump or in memory) nor a QEMU note of a CPU in kernel mode: "
            "the kernel's page tables cannot be found"};
}

}  // namespace kstrax::x86
