// SPDX-License-Identifier: GPL-2.0-or-later
// x86-64. Sources: Intel's Software Developer's Manual, volume 3, chapter 4 (paging);
// Linux 6.1's arch/x86/include/asm/pgtable_64_types.h, thread_info.h.
// VMCOREINFO names the kernel's page directory; without it, QEMU's note of a
// CPU in kernel mode does. QEMU 7.2 writes a wrong phys_base into the kdump header
// (decimal parsed as hexadecimal), so that one is never looked at.
#include <elf.h>
#include <fmt/core.h>
#include <linux/audit.h>

#include "analyzer/arch/x86.hpp"

namespace kstrax {

namespace {

using namespace x86;

#ifdef __x86_64__
constexpr bool kBuiltFor = true;
#else
constexpr bool kBuiltFor = false;
#endif

constexpr std::array kForms{
    TableForm{
        "4 levels",
        8,
        12,
        4,
        Unused::Sign,
        {{"PGD", 39, 9, kTable}, {"PUD", 30, 9, kTableOrPage}, {"PMD", 21, 9, kTableOrPage}, {"PTE", 12, 9, kPage}}},
    TableForm{"5 levels",
              8,
              12,
              5,
              Unused::Sign,
              {{"PGD", 48, 9, kTable},
               {"P4D", 39, 9, kTable},
               {"PUD", 30, 9, kTableOrPage},
               {"PMD", 21, 9, kTableOrPage},
               {"PTE", 12, 9, kPage}}},
};

constexpr std::array kSpans{Span{{0}, {~std::uint64_t{0}}, Mapping::Tables, 0, "page tables"}};

constexpr std::uint64_t kKernelMap = 0xffffffff80000000;  // __START_KERNEL_map

/// physical = address - kKernelMap + phys_base, for addresses in the kernel's image.
std::uint64_t phys_base(const SpaceInputs& inputs) {
    if (const auto base = inputs.info.number("phys_base")) return *base;
    // Kernels before 4.10 do not say; /proc/vmcore's segments do.
    for (const Segment& segment : inputs.segments)
        if (segment.virt.value >= kKernelMap) return segment.phys.value - (segment.virt.value - kKernelMap);
    return 0;
}

Result<SpaceFacts> find_space(const SpaceInputs& inputs) {
    SpaceFacts facts;
    const auto form = [&](bool five) { return find_form(inputs.architecture, five ? "5 levels" : "4 levels"); };
    const auto directory = inputs.info.symbol("swapper_pg_dir");
    if (!directory) {
        const auto registers = kernel_control_registers(inputs.notes);
        if (!registers) return nothing_to_go_by();
        facts.tables = {form((registers->cr4 & kCr4La57) != 0), {registers->cr3 & kPageMask}, 0};
        facts.found = "QEMU's note of a CPU";
        return facts;
    }
    facts.tables.form = form(inputs.info.number("pgtable_l5_enabled").value_or(0) == 1);
    facts.tables.root = {*directory - kKernelMap + phys_base(inputs)};
    facts.tables.ignored = inputs.info.number("sme_mask").value_or(0);
    facts.found = "VMCOREINFO";
    if (!inputs.maps_itself(facts.tables, {*directory}))
        return Error{ErrorCode::Corrupt,
                     fmt::format("swapper_pg_dir ({:#x}) should be at physical {:#x} by VMCOREINFO, but does not map "
                                 "itself there",
                                 *directory, facts.tables.root.value),
                     facts.tables.root.value};
    return facts;
}

// TS_COMPAT: arch/x86/include/asm/thread_info.h. An int80 of a 64-bit task has the code segment of
// such a one, so that does not tell.
constexpr CallRegisters kCallRegisters{.number = "orig_ax",
                                       .mode = "cs",
                                       .mode_mask = 3,
                                       .user_mode = kUserMode,
                                       .result = "ax",
                                       .args = {"di", "si", "dx", "r10", "r8", "r9"},
                                       .compat_status = 0x2,
                                       .compat_args = {"bx", "cx", "dx", "si", "di", "bp"},
                                       .other_table = 0x40000000};

constexpr std::uint64_t prstatus(std::uint64_t index) { return 112 + 8 * index; }  // struct user_regs_struct
// struct elf_prstatus of the kernel, and QEMU's own QEMUCPUState.
constexpr std::array kRegisterNotes{RegisterNote{.name = "QEMU",
                                                 .type = 0,
                                                 .ip = 136,
                                                 .sp = 56,
                                                 .bp = 64,
                                                 .ax = 8,
                                                 .dx = 32,
                                                 .di = 48,
                                                 .r10 = 88,
                                                 .r13 = 112,
                                                 .mode = 152,
                                                 .mode_mask = kUserMode,
                                                 .user_mode = kUserMode,
                                                 .areas = {264, 432}},
                                    RegisterNote{.name = "CORE",
                                                 .type = NT_PRSTATUS,
                                                 .ip = prstatus(16),
                                                 .sp = prstatus(19),
                                                 .bp = prstatus(4),
                                                 .ax = prstatus(10),
                                                 .dx = prstatus(12),
                                                 .di = prstatus(14),
                                                 .r10 = prstatus(7),
                                                 .r13 = prstatus(2),
                                                 .mode = prstatus(17),
                                                 .mode_mask = kUserMode,
                                                 .user_mode = kUserMode,
                                                 .areas = {}}};

std::optional<std::uint64_t> called(Bytes instruction, std::uint64_t behind) {
    if (instruction[0] != std::byte{0xe8}) return std::nullopt;
    return behind + static_cast<std::uint64_t>(std::int64_t{copy_record<std::int32_t>(instruction, 1).value_or(0)});
}
constexpr CallInstruction kDirectCall{.size = 5, .step = 1, .target = called, .thunks = "__x86_indirect_"};

}  // namespace

extern const Architecture kX86_64;
constinit const Architecture kX86_64{
    .name = "x86_64",
    .title = "x86-64",
    .uname = "x86_64",
    .kdumpfile = "x86_64",
    .audit_arch = AUDIT_ARCH_X86_64,
    .machine = EM_X86_64,
    .status_size = 336,
    .layout = "x86_64",
    .word_size = 8,
    .values = ValueMachines::X86,
    .built_for = kBuiltFor,
    .directory_first = {kKernelMap},
    .directory_last = {~std::uint64_t{0}},
    // Modules begin 512 MiB behind the kernel's map, or 1 GiB with KASLR.
    .modules_first = {0xffffffffa0000000},
    .modules_last = {0xffffffffff000000},
    .spans = kSpans,
    .forms = kForms,
    .find_space = find_space,
    .call_registers = &kCallRegisters,
    .call_functions = "__x64_sys_",
    .register_notes = kRegisterNotes,
    .direct_call = &kDirectCall,
};

}  // namespace kstrax
