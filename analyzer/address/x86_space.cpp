// SPDX-License-Identifier: GPL-2.0-or-later
// x86: VMCOREINFO names the kernel's page directory; without it, QEMU's note of a
// CPU in kernel mode does. QEMU 7.2 writes a wrong phys_base into the kdump header
// (decimal parsed as hexadecimal), so that one is never looked at.
#include <fmt/format.h>

#include "analyzer/address/cpu_state.hpp"
#include "analyzer/address/space_facts.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kKernelMap = 0xffffffff80000000;  // __START_KERNEL_map
constexpr std::uint64_t kPageMask = ~std::uint64_t{0xfff};
constexpr std::uint64_t kPaeMask = ~std::uint64_t{0x1f};

Error nothing_to_go_by() {
    return {ErrorCode::NotFound,
            "neither VMCOREINFO (in the dump or in memory) nor a QEMU note of a CPU in kernel mode: "
            "the kernel's page tables cannot be found"};
}

/// physical = address - kKernelMap + phys_base, for addresses in the kernel's image.
std::uint64_t phys_base(const SpaceInputs& inputs) {
    if (const auto base = inputs.info.number("phys_base")) return *base;
    // Kernels before 4.10 do not say; /proc/vmcore's segments do.
    for (const Segment& segment : inputs.source.segments())
        if (segment.virt.value >= kKernelMap) return segment.phys.value - (segment.virt.value - kKernelMap);
    return 0;
}

}  // namespace

Result<SpaceFacts> find_x86_64_space(const SpaceInputs& inputs) {
    SpaceFacts facts;
    const auto form = [&](bool five) { return find_form(inputs.architecture, five ? "5 levels" : "4 levels"); };
    const auto directory = inputs.info.symbol("swapper_pg_dir");
    if (!directory) {
        const auto registers = kernel_control_registers(inputs.source.notes());
        if (!registers) return nothing_to_go_by();
        facts.tables = {form((registers->cr4 & kCr4La57) != 0), {registers->cr3 & kPageMask}, 0};
        facts.found = "QEMU's note of a CPU";
        return facts;
    }
    facts.tables.form = form(inputs.info.number("pgtable_l5_enabled").value_or(0) == 1);
    facts.tables.root = {*directory - kKernelMap + phys_base(inputs)};
    facts.tables.ignored = inputs.info.number("sme_mask").value_or(0);
    facts.found = "VMCOREINFO";
    if (!maps_itself(inputs.source, facts.tables, {*directory}))
        return Error{ErrorCode::Corrupt,
                     fmt::format("swapper_pg_dir ({:#x}) should be at physical {:#x} by VMCOREINFO, but does not map "
                                 "itself there",
                                 *directory, facts.tables.root.value),
                     facts.tables.root.value};
    return facts;
}

Result<SpaceFacts> find_ia32_space(const SpaceInputs& inputs) {
    SpaceFacts facts;
    const auto form = [&](bool pae) { return find_form(inputs.architecture, pae ? "PAE" : "2 levels"); };
    const auto directory = inputs.info.symbol("swapper_pg_dir");
    if (!directory) {
        const auto registers = kernel_control_registers(inputs.source.notes());
        if (!registers) return nothing_to_go_by();
        const bool pae = (registers->cr4 & kCr4Pae) != 0;
        facts.tables = {form(pae), {registers->cr3 & (pae ? kPaeMask : kPageMask) & 0xffffffff}, 0};
        facts.found = "QEMU's note of a CPU";
        return facts;
    }
    facts.tables.form = form(inputs.info.config("X86_PAE"));
    // PAGE_OFFSET is nowhere written down. It is the one with which the page directory maps
    // itself: the offsets that Linux can be configured with first, then whatever else there may be.
    constexpr std::uint64_t kConfigured[] = {0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000};
    constexpr std::uint64_t kStep = 1 << 24;
    const auto fits = [&](std::uint64_t offset) {
        if (offset > *directory) return false;
        facts.tables.root = {*directory - offset};
        facts.found = fmt::format("VMCOREINFO, PAGE_OFFSET {:#x}", offset);
        return maps_itself(inputs.source, facts.tables, {*directory});
    };
    for (const std::uint64_t offset : kConfigured)
        if (fits(offset)) return facts;
    for (std::uint64_t offset = kStep; offset <= 0xff000000; offset += kStep)
        if (fits(offset)) return facts;
    return Error{ErrorCode::Corrupt, fmt::format("no PAGE_OFFSET makes swapper_pg_dir ({:#x}) map itself", *directory),
                 *directory};
}

}  // namespace kstrax
