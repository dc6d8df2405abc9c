// SPDX-License-Identifier: GPL-2.0-or-later
// RISC-V of 64 bits. Sources: the RISC-V Privileged Architecture, "Sv39", "Sv48" and "Sv57"; Linux 6.12's
// arch/riscv/include/asm/{pgtable-64,ptrace,thread_info}.h, kernel/{crash_core.c,traps.c,vmcore_info.c}.
// VMCOREINFO says where the kernel's image lies (6.12 and 7.2 were looked at). Stacks are not read: this architecture's frame
// records lie below the address in the register, and lead through an exception otherwise than arm64's.
#include <elf.h>
#include <fmt/core.h>
#include <linux/audit.h>

#include <algorithm>

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

namespace {

#if defined(__riscv) && __riscv_xlen == 64
constexpr bool kBuiltFor = true;
#else
constexpr bool kBuiltFor = false;
#endif

// An entry that may be read, written or executed maps memory, at every level. Page numbers begin at bit 10. Bit 63 would
// say that the lowest bits of the number are a size (Svnapot), as programs' huge pages may have it.
constexpr std::uint64_t kValid = bit(0);
constexpr std::uint64_t kLeaf = bit(1) | bit(2) | bit(3);
constexpr EntryRule kEntry{
    .present = kValid, .large = kLeaf, .reserved = bit(63), .high = bits(10, 53), .high_shift = 2};

constexpr TableForm form_of(std::string_view name, unsigned level_count) {
    constexpr std::string_view kNames[] = {"PTE", "PMD", "PUD", "P4D"};
    TableForm form{name, 8, 12, static_cast<std::uint8_t>(level_count), Unused::Sign, {}};
    for (unsigned level = 0; level < level_count; ++level) {
        const unsigned below = level_count - 1 - level;
        TableLevel& row = form.levels[level];
        row = {level == 0 ? "PGD" : kNames[below], static_cast<std::uint8_t>(12 + 9 * below), 9, kEntry};
        if (below == 0) row.rule.large = 0;
    }
    return form;
}
constexpr std::array kForms{form_of("Sv39", 3), form_of("Sv48", 4), form_of("Sv57", 5)};
static_assert(kForms[0].reach() == 39 && kForms[1].reach() == 48 && kForms[2].reach() == 57);

constexpr std::uint64_t kImage = 0xffffffff80000000;       // KERNEL_LINK_ADDR; with KASLR somewhere above it
constexpr std::uint64_t kModules = kImage - (2ULL << 30);  // in the 2 GiB below the image's end
constexpr std::array kSpans{Span{{0}, {~std::uint64_t{0}}, Mapping::Tables, 0, "page tables"}};

constexpr std::string_view kImageOffset = "va_kernel_pa_offset";

Result<SpaceFacts> find_space(const SpaceInputs& inputs) {
    const auto directory = inputs.info.symbol("swapper_pg_dir");
    const auto offset = inputs.info.number(kImageOffset);
    const auto address_bits = inputs.info.number("VA_BITS");
    if (!directory || !offset || !address_bits)
        return Error{ErrorCode::NotFound,
                     fmt::format("no VMCOREINFO with swapper_pg_dir, {} and VA_BITS, in the dump or in memory: the "
                                 "kernel's page tables cannot be found",
                                 kImageOffset)};
    SpaceFacts facts;
    for (const TableForm& form : kForms)
        if (form.reach() == *address_bits) facts.tables.form = &form;
    if (facts.tables.form == nullptr)
        return Error{
            ErrorCode::Unsupported,
            fmt::format("VMCOREINFO says addresses of {} bits: no 64-bit RISC-V kernel has those", *address_bits)};
    facts.tables.root = {*directory - *offset};
    facts.found = fmt::format("VMCOREINFO, {} {:#x}", kImageOffset, *offset);
    if (inputs.maps_itself(facts.tables, {*directory})) return facts;
    return Error{
        ErrorCode::Corrupt,
        fmt::format("swapper_pg_dir ({:#x}) should be at physical {:#x} by VMCOREINFO, but does not map itself "
                    "there",
                    *directory, *directory - *offset),
        *directory - *offset};
}

// Of the result's register: in 6.12 and 7.2 it is -ENOSYS at first, in older kernels it kept the argument.
// SR_SPP: kernel mode was left. SR_UXL is 1 for programs of 32 bits, 2 for others. A call leaves its number in a7, where
// a page fault leaves what the program had there: the cause tells them apart. THREAD_SIZE is 16 KiB, or 32 with KASAN.
constexpr std::array<std::string_view, 6> kArguments{"orig_a0", "a1", "a2", "a3", "a4", "a5"};
constexpr std::array<std::uint64_t, 2> kStackSizes{16 << 10, 32 << 10};
constexpr std::uint64_t kCallFromUserMode = 8;  // EXC_SYSCALL
constexpr CallRegisters kCallRegisters{.number = "a7",
                                       .mode = "status",
                                       .mode_mask = bit(8),
                                       .user_mode = 0,
                                       .result = "a0",
                                       .untouched = "orig_a0",
                                       .args = kArguments,
                                       .compat_mode = bit(32),
                                       .compat_args = kArguments,
                                       .stack_sizes = kStackSizes,
                                       .code = "epc",
                                       .cause = "cause",
                                       .cause_of_call = kCallFromUserMode};

}  // namespace

extern const Architecture kRiscv64;
constinit const Architecture kRiscv64{
    .name = "riscv64",
    .title = "RISC-V 64",
    .uname = "riscv64",
    .kdumpfile = "riscv64",
    .audit_arch = AUDIT_ARCH_RISCV64,
    .machine = EM_RISCV,
    .status_size = 376,
    .layout = {},
    .word_size = 8,
    .values = ValueMachines::Generic,
    .built_for = kBuiltFor,
    .own_number = kImageOffset,
    .directory_first = {kImage},
    .directory_last = {~std::uint64_t{0}},
    .modules_first = {kModules},
    .modules_last = {0xffffffffff000000},
    .spans = kSpans,
    .forms = kForms,
    .find_space = find_space,
    .call_registers = &kCallRegisters,
    .call_functions = "__riscv_sys_",
};

}  // namespace kstrax
