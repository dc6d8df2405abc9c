// SPDX-License-Identifier: GPL-2.0-or-later
// Sources: Intel's Software Developer's Manual, volume 3, chapter 4 (x86 paging);
// Linux 6.1's arch/x86/include/asm/pgtable*_types.h and arch/ia64/include/asm/
// {page,pgtable}.h, ivt.S; what was seen in running IA-64 kernels:
// tests/fixtures/ia64/README.md.
#include "analyzer/address/architecture.hpp"

#include <elf.h>
#include <linux/audit.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
/// Bits first to last, both included.
constexpr std::uint64_t bits(unsigned first, unsigned last) {
    return (last == 63 ? ~std::uint64_t{0} : bit(last + 1) - 1) & ~(bit(first) - 1);
}

// ---- x86 ---------------------------------------------------------------------

constexpr std::uint64_t kPresent = bit(0);
constexpr std::uint64_t kPageSizeBit = bit(7);
constexpr std::uint64_t kFrame64 = bits(12, 51);  // above it: software's bits, protection keys, NX

// A 64-bit entry that points at a table; bit 7 there is reserved.
constexpr EntryRule kTable{.present = kPresent, .frame = kFrame64, .large = 0, .reserved = kPageSizeBit};
// One that may map a large page instead.
constexpr EntryRule kTableOrPage{.present = kPresent, .frame = kFrame64, .large = kPageSizeBit, .reserved = 0};
// The last level, where bit 7 is a memory type.
constexpr EntryRule kPage{.present = kPresent, .frame = kFrame64, .large = 0, .reserved = 0};

constexpr std::array kX86_64Forms{
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

// PAE's four pointers have fewer bits: 1, 2, 5 to 8 and 52 to 63 are reserved. QEMU
// sets bit 5 nevertheless (accessed, as at the other levels; seen with QEMU 7.2).
constexpr EntryRule kPaePointer{
    .present = kPresent, .frame = kFrame64, .large = 0, .reserved = bits(1, 2) | bits(6, 8) | bits(52, 63)};
constexpr std::uint64_t kFrame32 = bits(12, 31);
// A 4 MiB page's bits 13 to 20 would be its address's bits 32 to 39 (PSE-36): a kernel
// without PAE has no use for them, since it has no memory above 4 GiB.
constexpr std::array kIa32Forms{
    TableForm{"2 levels",
              4,
              12,
              2,
              Unused::Zero,
              {{"PGD", 22, 10, {kPresent, kFrame32, kPageSizeBit, 0}}, {"PTE", 12, 10, {kPresent, kFrame32, 0, 0}}}},
    TableForm{"PAE",
              8,
              12,
              3,
              Unused::Zero,
              {{"PGD", 30, 2, kPaePointer}, {"PMD", 21, 9, kTableOrPage}, {"PTE", 12, 9, kPage}}},
};

constexpr std::array kX86_64Spans{Span{{0}, {~std::uint64_t{0}}, Mapping::Tables, 0, "page tables"}};
constexpr std::array kIa32Spans{Span{{0}, {0xffffffff}, Mapping::Tables, 0, "page tables"}};

// ---- IA-64 --------------------------------------------------------------------

/// Upper entries are bare physical addresses of tables; in the last level a page is
/// present by bit 0, or by bit 63 when it is there but may not be touched (PROTNONE).
constexpr TableForm ia64_form(std::string_view name, unsigned page_shift, unsigned level_count) {
    constexpr std::string_view kNames[] = {"PTE", "PMD", "PUD", "PGD"};
    const std::uint64_t frame = bits(page_shift, 49);
    TableForm form{name,         8, static_cast<std::uint8_t>(page_shift), static_cast<std::uint8_t>(level_count),
                   Unused::Zero, {}};
    for (unsigned level = 0; level < level_count; ++level) {
        const unsigned below = level_count - 1 - level;
        TableLevel& row = form.levels[level];
        row.name = level == 0 ? kNames[3] : kNames[below];
        row.bits = static_cast<std::uint8_t>(page_shift - 3);
        row.shift = static_cast<std::uint8_t>(page_shift + below * (page_shift - 3));
        row.rule = below > 0 ? EntryRule{.present = 0, .frame = frame, .large = 0, .reserved = ~frame}
                             : EntryRule{.present = bit(0) | bit(63), .frame = frame, .large = 0, .reserved = 0};
    }
    return form;
}

constexpr std::array kIa64Forms{
    ia64_form("4 KiB pages, 3 levels", 12, 3),  ia64_form("4 KiB pages, 4 levels", 12, 4),
    ia64_form("8 KiB pages, 3 levels", 13, 3),  ia64_form("8 KiB pages, 4 levels", 13, 4),
    ia64_form("16 KiB pages, 3 levels", 14, 3), ia64_form("16 KiB pages, 4 levels", 14, 4),
    ia64_form("64 KiB pages, 3 levels", 16, 3),
};
static_assert(kIa64Forms[0].levels[0].shift == 30 && kIa64Forms[1].levels[0].shift == 39);
static_assert(kIa64Forms[2].levels[0].shift == 33 && kIa64Forms[3].levels[0].shift == 43);
static_assert(kIa64Forms[4].levels[0].shift == 36 && kIa64Forms[5].levels[0].shift == 47);
static_assert(kIa64Forms[6].levels[0].shift == 42 && kIa64Forms[6].levels[1].shift == 29);

constexpr std::uint64_t kRegion5 = 0xa000000000000000;
constexpr std::uint64_t kImage = kRegion5 + 0x100000000;
constexpr std::uint64_t kImageSize = bit(26);   // KERNEL_TR_PAGE_SHIFT: one translation register
constexpr std::uint64_t kPerCpuSize = bit(18);  // PERCPU_PAGE_SHIFT: the last addresses of all
constexpr std::array kIa64Spans{
    Span{{0 - kPerCpuSize}, {~std::uint64_t{0}}, Mapping::PerCpu, 0 - kPerCpuSize, "per-CPU window"},
    Span{{0xe000000000000000}, {~std::uint64_t{0}}, Mapping::Identity, 0xe000000000000000, "region 7, identity"},
    Span{{0xc000000000000000},
         {0xdfffffffffffffff},
         Mapping::Identity,
         0xc000000000000000,
         "region 6, uncached identity"},
    Span{{kImage}, {kImage + kImageSize - 1}, Mapping::KernelImage, kImage, "kernel image"},
    Span{{kRegion5}, {0xbfffffffffffffff}, Mapping::Tables, kRegion5, "page tables"},
};

// ---- all -----------------------------------------------------------------------

constexpr std::array kArchitectures{
    // Modules begin 512 MiB behind the kernel's map, or 1 GiB with KASLR; IA-32 has them in all of vmalloc's area.
    Architecture{"x86_64",
                 AUDIT_ARCH_X86_64,
                 EM_X86_64,
                 8,
                 {0xffffffff80000000},
                 {~std::uint64_t{0}},
                 {0xffffffffa0000000},
                 {0xffffffffff000000},
                 kX86_64Spans,
                 kX86_64Forms},
    Architecture{"ia32",
                 AUDIT_ARCH_I386,
                 EM_386,
                 4,
                 {0x40000000},
                 {0xffffffff},
                 {0x40000000},
                 {0xfffff000},
                 kIa32Spans,
                 kIa32Forms},
    Architecture{"ia64",
                 AUDIT_ARCH_IA64,
                 EM_IA_64,
                 8,
                 {kImage},
                 {kImage + kImageSize - 1},
                 {kRegion5 + 0x200000000},
                 {0xc000000000000000},
                 kIa64Spans,
                 kIa64Forms},
};

const Architecture* find(auto&& matches) {
    const auto row = std::find_if(kArchitectures.begin(), kArchitectures.end(), matches);
    return row == kArchitectures.end() ? nullptr : &*row;
}

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

const Architecture* architecture_of_machine(std::uint16_t machine) {
    return find([&](const Architecture& row) { return row.machine == machine; });
}

const Architecture* architecture_of_audit(std::uint32_t audit_arch) {
    return find([&](const Architecture& row) { return row.audit_arch == audit_arch; });
}

const Architecture* architecture_named(std::string_view name) {
    return find([&](const Architecture& row) { return row.name == name; });
}

const Architecture* architecture_of_directory(VirtAddr directory) {
    return find(
        [&](const Architecture& row) { return directory >= row.directory_first && directory <= row.directory_last; });
}

const TableForm* find_form(const Architecture& architecture, std::string_view name) {
    for (const TableForm& form : architecture.forms)
        if (form.name == name) return &form;
    return nullptr;
}

}  // namespace kstrax
