// SPDX-License-Identifier: GPL-2.0-or-later
// IA-32. Sources: Intel's Software Developer's Manual, volume 3, chapter 4 (paging);
// Linux 6.1's arch/x86/include/asm/pgtable-{2,3}level_types.h, thread_info.h.
// VMCOREINFO names the kernel's page directory; without it, QEMU's note of a CPU in
// kernel mode does.
#include <elf.h>
#include <fmt/core.h>
#include <linux/audit.h>

#include "analyzer/arch/x86.hpp"

namespace kstrax {

namespace {

using namespace x86;

#ifdef __i386__
constexpr bool kBuiltFor = true;
#else
constexpr bool kBuiltFor = false;
#endif

// PAE's four pointers have fewer bits: 1, 2, 5 to 8 and 52 to 63 are reserved. QEMU
// sets bit 5 nevertheless (accessed, as at the other levels; seen with QEMU 7.2).
constexpr EntryRule kPaePointer{
    .present = kPresent, .frame = kFrame64, .large = 0, .reserved = bits(1, 2) | bits(6, 8) | bits(52, 63)};
constexpr std::uint64_t kFrame32 = bits(12, 31);
// A 4 MiB page's bits 13 to 20 would be its address's bits 32 to 39 (PSE-36): a kernel
// without PAE has no use for them, since it has no memory above 4 GiB.
constexpr std::array kForms{
    TableForm{"2 levels",
              4,
              12,
              2,
              Unused::Zero,
              {{"PGD", 22, 10, {kPresent, kFrame32, kLarge, 0}}, {"PTE", 12, 10, {kPresent, kFrame32, 0, 0}}}},
    TableForm{"PAE",
              8,
              12,
              3,
              Unused::Zero,
              {{"PGD", 30, 2, kPaePointer}, {"PMD", 21, 9, kTableOrPage}, {"PTE", 12, 9, kPage}}},
};

constexpr std::uint64_t kLastAddress = 0xffffffff;
constexpr std::array kSpans{Span{{0}, {kLastAddress}, Mapping::Tables, 0, "page tables"}};

Result<SpaceFacts> find_space(const SpaceInputs& inputs) {
    constexpr std::uint64_t kPaeMask = ~bits(0, 4);
    SpaceFacts facts;
    const auto form = [&](bool pae) { return find_form(inputs.architecture, pae ? "PAE" : "2 levels"); };
    const auto directory = inputs.info.symbol("swapper_pg_dir");
    if (!directory) {
        const auto registers = kernel_control_registers(inputs.notes);
        if (!registers) return nothing_to_go_by();
        const bool pae = (registers->cr4 & kCr4Pae) != 0;
        facts.tables = {form(pae), {registers->cr3 & (pae ? kPaeMask : kPageMask) & kLastAddress}, 0};
        facts.found = "QEMU's note of a CPU";
        return facts;
    }
    facts.tables.form = form(inputs.info.config("X86_PAE"));
    // No field holds PAGE_OFFSET. It is the offset at which the page directory maps itself. Try
    // the offsets that Linux can be configured with first, then all others.
    constexpr std::uint64_t kConfigured[] = {0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000};
    constexpr std::uint64_t kStep = 1 << 24;
    const auto fits = [&](std::uint64_t offset) {
        if (offset > *directory) return false;
        facts.tables.root = {*directory - offset};
        facts.found = fmt::format("VMCOREINFO, PAGE_OFFSET {:#x}", offset);
        return inputs.maps_itself(facts.tables, {*directory});
    };
    for (const std::uint64_t offset : kConfigured)
        if (fits(offset)) return facts;
    for (std::uint64_t offset = kStep; offset <= 0xff000000; offset += kStep)
        if (fits(offset)) return facts;
    return Error{ErrorCode::Corrupt, fmt::format("no PAGE_OFFSET makes swapper_pg_dir ({:#x}) map itself", *directory),
                 *directory};
}

constexpr CallRegisters kCallRegisters{.number = "orig_ax",
                                       .mode = "cs",
                                       .mode_mask = 3,
                                       .user_mode = kUserMode,
                                       .result = "ax",
                                       .args = {"bx", "cx", "dx", "si", "di", "bp"}};

}  // namespace

extern const Architecture kIa32;
constinit const Architecture kIa32{
    .name = "ia32",
    .title = "IA-32",
    .uname = "i?86",
    .kdumpfile = "ia32",
    .audit_arch = AUDIT_ARCH_I386,
    .machine = EM_386,
    .status_size = 144,
    .layout = "ia32",
    .word_size = 4,
    .values = ValueMachines::X86,
    .built_for = kBuiltFor,
    .directory_first = {0x40000000},
    .directory_last = {kLastAddress},
    // Modules lie in all of vmalloc's area.
    .modules_first = {0x40000000},
    .modules_last = {0xfffff000},
    .spans = kSpans,
    .forms = kForms,
    .find_space = find_space,
    .call_registers = &kCallRegisters,
    .call_functions = "__ia32_sys_",
};

}  // namespace kstrax
