// SPDX-License-Identifier: GPL-2.0-or-later
// IA-64. Sources: Linux 6.1's arch/ia64/include/asm/{page,pgtable}.h, ivt.S; what was
// seen in running kernels: tests/fixtures/ia64/README.md.
// The kernel's image is mapped by a translation register, so VMCOREINFO's
// addresses in it say nothing of physical memory until phys_start is found.
#include <elf.h>
#include <fmt/core.h>
#include <linux/audit.h>

#include <algorithm>

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

namespace {

#ifdef __ia64__
constexpr bool kBuiltFor = true;
#else
constexpr bool kBuiltFor = false;
#endif

/// Upper entries are bare physical addresses of tables; in the last level a page is
/// present by bit 0, or by bit 63 when it is there but may not be touched (PROTNONE).
constexpr TableForm form_of(std::string_view name, unsigned page_shift, unsigned level_count) {
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

constexpr std::array kForms{
    form_of("4 KiB pages, 3 levels", 12, 3),  form_of("4 KiB pages, 4 levels", 12, 4),
    form_of("8 KiB pages, 3 levels", 13, 3),  form_of("8 KiB pages, 4 levels", 13, 4),
    form_of("16 KiB pages, 3 levels", 14, 3), form_of("16 KiB pages, 4 levels", 14, 4),
    form_of("64 KiB pages, 3 levels", 16, 3),
};
static_assert(kForms[0].levels[0].shift == 30 && kForms[1].levels[0].shift == 39);
static_assert(kForms[2].levels[0].shift == 33 && kForms[3].levels[0].shift == 43);
static_assert(kForms[4].levels[0].shift == 36 && kForms[5].levels[0].shift == 47);
static_assert(kForms[6].levels[0].shift == 42 && kForms[6].levels[1].shift == 29);

constexpr std::uint64_t kRegion5 = 0xa000000000000000;
constexpr std::uint64_t kRegion6 = 0xc000000000000000;
constexpr std::uint64_t kRegion7 = 0xe000000000000000;
constexpr std::uint64_t kImage = kRegion5 + 0x100000000;
constexpr std::uint64_t kImageSize = bit(26);   // KERNEL_TR_PAGE_SHIFT: one translation register
constexpr std::uint64_t kPerCpuSize = bit(18);  // PERCPU_PAGE_SHIFT: the last addresses of all
constexpr std::uint64_t kLastAddress = ~std::uint64_t{0};
constexpr Span kImageSpan{{kImage}, {kImage + kImageSize - 1}, Mapping::KernelImage, kImage, "kernel image"};
constexpr std::array kSpans{
    Span{{0 - kPerCpuSize}, {kLastAddress}, Mapping::PerCpu, 0 - kPerCpuSize, "per-CPU window"},
    Span{{kRegion7}, {kLastAddress}, Mapping::Identity, kRegion7, "region 7, identity"},
    Span{{kRegion6}, {kRegion7 - 1}, Mapping::Identity, kRegion6, "region 6, uncached identity"},
    kImageSpan,
    Span{{kRegion5}, {kRegion6 - 1}, Mapping::Tables, kRegion5, "page tables"},
};

constexpr std::uint64_t kUsualStart = 64 << 20;
constexpr std::uint64_t kStartStep = 64 << 20;  // a translation register's page is aligned to its size
constexpr std::uint64_t kMostStarts = 4096;     // 256 GiB

struct PhysStart {
    std::uint64_t value;
    std::string_view found;
};

PhysStart find_phys_start(const SpaceInputs& inputs) {
    const auto within = [&](const Segment& s) { return s.virt >= kImageSpan.first && s.virt <= kImageSpan.last; };
    const auto start_of = [&](const Segment& s) { return s.phys.value - (s.virt.value - kImage); };
    if (const auto stext = inputs.info.symbol("_stext"))
        for (const Segment& segment : inputs.segments)
            if (segment.virt.value == *stext && within(segment)) return {start_of(segment), "the segment of _stext"};
    for (const Segment& segment : inputs.segments)
        if (within(segment)) return {start_of(segment), "a segment of the kernel image"};
    if (const auto uts = inputs.info.symbol("init_uts_ns"); uts && *uts >= kImage)
        for (std::uint64_t i = 0; i < kMostStarts; ++i)
            if (inputs.is_uts_namespace({i * kStartStep + (*uts - kImage)}))
                return {i * kStartStep, "where init_uts_ns lies"};
    return {kUsualStart, "assumed"};
}

Result<SpaceFacts> find_space(const SpaceInputs& inputs) {
    const auto directory = inputs.info.symbol("swapper_pg_dir");
    const auto page_size = inputs.info.decimal("PAGESIZE");
    if (!directory || !page_size)
        return Error{ErrorCode::NotFound,
                     "no VMCOREINFO with swapper_pg_dir and PAGESIZE, in the dump or in memory: the kernel's page "
                     "tables cannot be found"};
    const unsigned levels = inputs.info.config("PGTABLE_4") ? 4 : 3;
    SpaceFacts facts;
    for (const TableForm& form : kForms)
        if (bit(form.page_shift) == *page_size && form.level_count == levels) facts.tables.form = &form;
    if (facts.tables.form == nullptr)
        return Error{ErrorCode::Unsupported,
                     fmt::format("VMCOREINFO says pages of {} bytes and {} levels of page tables: no IA-64 kernel "
                                 "has those",
                                 *page_size, levels)};
    if (*directory < kImageSpan.first.value || *directory > kImageSpan.last.value)
        return Error{ErrorCode::Corrupt,
                     fmt::format("VMCOREINFO has swapper_pg_dir at {:#x}, outside the kernel image", *directory)};
    const PhysStart start = find_phys_start(inputs);
    facts.image_phys = start.value;
    facts.tables.root = {*directory - kImage + start.value};
    facts.found = fmt::format("VMCOREINFO, kernel image at physical {:#x} ({})", start.value, start.found);
    return facts;
}

}  // namespace

extern const Architecture kIa64;
constinit const Architecture kIa64{
    .name = "ia64",
    .title = "IA-64",
    .uname = "ia64",
    .kdumpfile = "ia64",
    .audit_arch = AUDIT_ARCH_IA64,
    .machine = EM_IA_64,
    .status_size = 0,
    .layout = "ia64",
    .word_size = 8,
    .values = ValueMachines::IA64,
    .built_for = kBuiltFor,
    .directory_first = kImageSpan.first,
    .directory_last = kImageSpan.last,
    .modules_first = {kRegion5 + 0x200000000},
    .modules_last = {kRegion6},
    .spans = kSpans,
    .forms = kForms,
    .find_space = find_space,
    .call_registers = nullptr,
};

}  // namespace kstrax
