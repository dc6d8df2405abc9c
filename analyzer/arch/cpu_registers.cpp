// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/arch/cpu_registers.hpp"

namespace kstrax {

std::optional<CpuRegisters> registers_of_note(const RegisterNote& form, Bytes descriptor) {
    FieldReader fields(descriptor);
    const auto there = [&](std::uint64_t offset) { return offset != 0 ? fields.u64(offset) : 0; };
    CpuRegisters registers{.ip = fields.u64(form.ip),
                           .sp = fields.u64(form.sp),
                           .bp = fields.u64(form.bp),
                           .ax = there(form.ax),
                           .dx = there(form.dx),
                           .di = there(form.di),
                           .r10 = there(form.r10),
                           .r13 = there(form.r13),
                           .link = there(form.link)};
    registers.user_mode = (fields.u16(form.mode) & form.mode_mask) == form.user_mode;
    // Shorter notes of older versions lack the last of them.
    for (std::size_t i = 0; i < form.areas.size(); ++i)
        if (form.areas[i] != 0 && form.areas[i] + sizeof(std::uint64_t) <= descriptor.size())
            registers.areas[i] = fields.u64(form.areas[i]);
    if (!fields.ok()) return std::nullopt;
    return registers;
}

}  // namespace kstrax
