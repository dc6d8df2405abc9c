// SPDX-License-Identifier: GPL-2.0-or-later
// arm64. Sources: Arm's Architecture Reference Manual, D8 (translation tables, with LPA and LPA2); Linux 6.1's
// arch/arm64/include/asm/{pgtable-hwdef,memory,ptrace}.h, kernel/crash_core.c, entry.S.
// VMCOREINFO says where the kernel's image lies. QEMU's notes hold no register that would tell. NUMBER(VA_BITS) is
// what the kernel was built for: with how many bits it runs, the translation control register says.
#include <elf.h>
#include <fmt/core.h>
#include <linux/audit.h>

#include <algorithm>

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

namespace {

#ifdef __aarch64__
constexpr bool kBuiltFor = true;
#else
constexpr bool kBuiltFor = false;
#endif

constexpr std::uint64_t kValid = bit(0);
constexpr std::uint64_t kTable = bit(1);  // in the last level: a page, and nothing else may stand there
constexpr unsigned kMostBits = 52;

/// As many levels as the bits need, each with as many entries as a page holds; the first has the rest.
constexpr TableForm form_of(std::string_view name, unsigned page_shift, unsigned address_bits, Unused unused) {
    constexpr std::string_view kNames[] = {"PTE", "PMD", "PUD", "P4D"};
    const unsigned index_bits = page_shift - 3;
    const unsigned level_count = (address_bits - page_shift + index_bits - 1) / index_bits;
    // Addresses of 52 bits have their highest where smaller pages' attributes and larger pages' lowest bits were.
    const bool large_pages = page_shift == 16;
    const bool attributes = !large_pages && address_bits == kMostBits;
    EntryRule rule{.present = kValid, .frame = bits(page_shift, attributes ? 49 : 47)};
    if (large_pages) {
        rule.high = bits(12, 15);
        rule.high_shift = 36;
    } else if (attributes) {
        rule.high = bits(8, 9);
        rule.high_shift = 42;
    }
    TableForm form{name, 8, static_cast<std::uint8_t>(page_shift), static_cast<std::uint8_t>(level_count), unused, {}};
    for (unsigned level = 0; level < level_count; ++level) {
        const unsigned below = level_count - 1 - level;
        TableLevel& row = form.levels[level];
        row.name = level == 0 ? "PGD" : kNames[below];
        row.shift = static_cast<std::uint8_t>(page_shift + below * index_bits);
        row.bits = static_cast<std::uint8_t>(level == 0 ? address_bits - row.shift : index_bits);
        row.rule = rule;
        // Large pages: of the level above the last, and with pages of 4 KiB of the one above that.
        const bool may_be_large = below == 1 || (below == 2 && page_shift == 12);
        (may_be_large ? row.rule.table : row.rule.needed) = kTable;
    }
    return form;
}

struct Width {
    std::string_view name;
    unsigned page_shift, address_bits;
};
constexpr std::array kWidths{
    Width{"4 KiB pages, 39 bits", 12, 39},  Width{"4 KiB pages, 48 bits", 12, 48},
    Width{"4 KiB pages, 52 bits", 12, 52},  Width{"16 KiB pages, 36 bits", 14, 36},
    Width{"16 KiB pages, 47 bits", 14, 47}, Width{"16 KiB pages, 48 bits", 14, 48},
    Width{"16 KiB pages, 52 bits", 14, 52}, Width{"64 KiB pages, 42 bits", 16, 42},
    Width{"64 KiB pages, 48 bits", 16, 48}, Width{"64 KiB pages, 52 bits", 16, 52},
};

using Forms = std::array<TableForm, kWidths.size()>;
/// Programs have tables of their own, of the same form: the highest bits of an address choose.
constexpr Forms kProgramForms = [] {
    Forms forms{};
    for (std::size_t i = 0; i < forms.size(); ++i)
        forms[i] = form_of(kWidths[i].name, kWidths[i].page_shift, kWidths[i].address_bits, Unused::Zero);
    return forms;
}();
constexpr Forms kForms = [] {
    Forms forms = kProgramForms;
    for (std::size_t i = 0; i < forms.size(); ++i) {
        forms[i].unused = Unused::Ones;
        forms[i].lower_half = &kProgramForms[i];
    }
    return forms;
}();
static_assert(kForms[0].level_count == 3 && kForms[1].level_count == 4 && kForms[2].level_count == 5);
static_assert(kForms[2].levels[0].shift == 48 && kForms[2].levels[0].bits == 4);
static_assert(kForms[4].level_count == 3 && kForms[5].levels[0].bits == 1 && kForms[6].levels[0].bits == 5);
static_assert(kForms[7].level_count == 2 && kForms[8].levels[0].bits == 6 && kForms[9].levels[0].bits == 10);

// Linux 5.3 and older have their image in the lower half of these.
constexpr std::uint64_t kKernelHalf = 0xffff000000000000;
constexpr std::uint64_t kVmalloc = 0xffff800000000000;  // of 48 bits; of fewer, above it
constexpr std::array kSpans{Span{{0}, {~std::uint64_t{0}}, Mapping::Tables, 0, "page tables"}};

const TableForm* form_for(std::uint64_t page_size, std::uint64_t address_bits) {
    const auto fits = [&](const TableForm& form) {
        return bit(form.page_shift) == page_size && form.reach() == address_bits;
    };
    const auto* const form = std::ranges::find_if(kForms, fits);
    return form == kForms.end() ? nullptr : &*form;
}

Result<SpaceFacts> find_space(const SpaceInputs& inputs) {
    const Vmcoreinfo& info = inputs.info;
    const auto directory = info.symbol("swapper_pg_dir");
    const auto offset = info.number("kimage_voffset");
    const auto page_size = info.decimal("PAGESIZE");
    const auto size = info.number("TCR_EL1_T1SZ");
    const auto built_for = info.number("VA_BITS");
    if (!directory || !offset || !page_size || (!size && !built_for))
        return Error{ErrorCode::NotFound,
                     "no VMCOREINFO with swapper_pg_dir, kimage_voffset, PAGESIZE and TCR_EL1_T1SZ or VA_BITS, in the "
                     "dump or in memory: the kernel's page tables cannot be found"};
    const std::uint64_t address_bits = size ? 64 - *size : *built_for;
    SpaceFacts facts;
    facts.tables.form = form_for(*page_size, address_bits);
    if (facts.tables.form == nullptr)
        return Error{
            ErrorCode::Unsupported,
            fmt::format("VMCOREINFO says pages of {} bytes and addresses of {} bits: no arm64 kernel has those",
                        *page_size, address_bits)};
    facts.found = fmt::format("VMCOREINFO, kimage_voffset {:#x}", *offset);
    facts.tables.root = {*directory - *offset};
    if (inputs.maps_itself(facts.tables, {*directory})) return facts;
    // Pages of 64 KiB, built for 52 bits and run with 48: the CPU uses the last entries of the first table.
    const TableForm* built = form_for(*page_size, built_for.value_or(0));
    if (built != nullptr && built->level_count == facts.tables.form->level_count &&
        built->root_size() > facts.tables.form->root_size()) {
        const std::uint64_t skipped = built->root_size() - facts.tables.form->root_size();
        facts.tables.root = {*directory + skipped - *offset};
        if (inputs.maps_itself(facts.tables, {*directory + skipped})) return facts;
    }
    return Error{
        ErrorCode::Corrupt,
        fmt::format("swapper_pg_dir ({:#x}) should be at physical {:#x} by VMCOREINFO, but does not map itself "
                    "there",
                    *directory, *directory - *offset),
        *directory - *offset};
}

// PSR_MODE_MASK without PSR_MODE32_BIT: that is set for programs of 32 bits. THREAD_SIZE is 16 KiB or a page,
// and twice that with KASAN. The result comes in the register of the first argument, of which orig_x0 keeps a copy.
constexpr std::array<std::string_view, 6> kArguments{"orig_x0", "regs[1]", "regs[2]", "regs[3]", "regs[4]", "regs[5]"};
constexpr std::array<std::uint64_t, 4> kStackSizes{16 << 10, 32 << 10, 64 << 10, 128 << 10};
constexpr CallRegisters kCallRegisters{.number = "syscallno",
                                       .mode = "pstate",
                                       .mode_mask = 0xf,
                                       .user_mode = 0,
                                       .result = "regs[0]",
                                       .enosys_first = false,
                                       .untouched = "orig_x0",
                                       .args = kArguments,
                                       .compat_mode = 0x10,
                                       .compat_args = kArguments,
                                       .stack_sizes = kStackSizes,
                                       .code = "pc"};

// struct user_pt_regs in struct elf_prstatus: x0 to x30, SP, PC, PSTATE. QEMU's notes are the same.
constexpr std::uint64_t prstatus(std::uint64_t index) { return 112 + 8 * index; }
constexpr std::array kRegisterNotes{RegisterNote{.name = "CORE",
                                                 .type = NT_PRSTATUS,
                                                 .ip = prstatus(32),
                                                 .sp = prstatus(31),
                                                 .bp = prstatus(29),
                                                 .link = prstatus(30),
                                                 .mode = prstatus(33),
                                                 .mode_mask = 0xf,
                                                 .user_mode = 0,
                                                 .areas = {}}};

constexpr FrameRecords kFrameRecords{.record = "stackframe",
                                     .ip = "pc",
                                     .sp = "sp",
                                     .bp = "regs[29]",
                                     .link = "regs[30]",
                                     .saved_ip = "thread.cpu_context.pc",
                                     .saved_sp = "thread.cpu_context.sp",
                                     .saved_bp = "thread.cpu_context.fp",
                                     .marked = "frame_record_meta"};

// BL: 26 bits count instructions.
std::optional<std::uint64_t> called(Bytes instruction, std::uint64_t behind) {
    const std::uint32_t word = copy_record<std::uint32_t>(instruction).value_or(0);
    if ((word & 0xfc000000) != 0x94000000) return std::nullopt;
    const auto distance = static_cast<std::int32_t>(word << 6) >> 4;
    return behind - 4 + static_cast<std::uint64_t>(std::int64_t{distance});
}
constexpr CallInstruction kDirectCall{.size = 4, .step = 4, .target = called, .thunks = {}};

}  // namespace

extern const Architecture kArm64;
constinit const Architecture kArm64{
    .name = "arm64",
    .title = "arm64",
    .uname = "aarch64",
    .kdumpfile = "aarch64",
    .audit_arch = AUDIT_ARCH_AARCH64,
    .machine = EM_AARCH64,
    .status_size = 392,
    .layout = "x86_64",
    .word_size = 8,
    .values = ValueMachines::Arm,
    .built_for = kBuiltFor,
    .directory_first = {kKernelHalf},
    .directory_last = {0xffffffff7fffffff},
    // With KASLR, modules lie within 2 GiB of the image, which may lie anywhere here.
    .modules_first = {kVmalloc},
    .modules_last = {0xfffffffffffff000},
    .spans = kSpans,
    .forms = kForms,
    .find_space = find_space,
    .call_registers = &kCallRegisters,
    .call_functions = "__arm64_sys_",
    .register_notes = kRegisterNotes,
    .direct_call = &kDirectCall,
    .frame_records = &kFrameRecords,
};

}  // namespace kstrax
