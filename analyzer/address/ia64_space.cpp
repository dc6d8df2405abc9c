// SPDX-License-Identifier: GPL-2.0-or-later
// IA-64: the kernel's image is mapped by a translation register, so VMCOREINFO's
// addresses in it say nothing of physical memory until phys_start is found.
// Facts: tests/fixtures/ia64/README.md.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "analyzer/address/space_facts.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kUsualStart = 64 << 20;
constexpr std::uint64_t kStartStep = 64 << 20;  // a translation register's page is aligned to its size
constexpr std::uint64_t kMostStarts = 4096;     // 256 GiB

struct PhysStart {
    std::uint64_t value;
    std::string_view found;
};

PhysStart find_phys_start(const SpaceInputs& inputs, const Span& image) {
    const auto within = [&](const Segment& s) { return s.virt >= image.first && s.virt <= image.last; };
    const auto start_of = [&](const Segment& s) { return s.phys.value - (s.virt.value - image.base); };
    const auto segments = inputs.source.segments();
    if (const auto stext = inputs.info.symbol("_stext"))
        for (const Segment& segment : segments)
            if (segment.virt.value == *stext && within(segment)) return {start_of(segment), "the segment of _stext"};
    for (const Segment& segment : segments)
        if (within(segment)) return {start_of(segment), "a segment of the kernel image"};
    if (const auto uts = inputs.info.symbol("init_uts_ns"); uts && *uts >= image.base)
        for (std::uint64_t i = 0; i < kMostStarts; ++i)
            if (is_uts_namespace(inputs.source, {i * kStartStep + (*uts - image.base)}))
                return {i * kStartStep, "where init_uts_ns lies"};
    return {kUsualStart, "assumed"};
}

}  // namespace

Result<SpaceFacts> find_ia64_space(const SpaceInputs& inputs) {
    const auto directory = inputs.info.symbol("swapper_pg_dir");
    const auto page_size = inputs.info.decimal("PAGESIZE");
    if (!directory || !page_size)
        return Error{ErrorCode::NotFound,
                     "no VMCOREINFO with swapper_pg_dir and PAGESIZE, in the dump or in memory: the kernel's page "
                     "tables cannot be found"};
    const unsigned levels = inputs.info.config("PGTABLE_4") ? 4 : 3;
    SpaceFacts facts;
    for (const TableForm& form : inputs.architecture.forms)
        if (std::uint64_t{1} << form.page_shift == *page_size && form.level_count == levels) facts.tables.form = &form;
    if (facts.tables.form == nullptr)
        return Error{ErrorCode::Unsupported,
                     fmt::format("VMCOREINFO says pages of {} bytes and {} levels of page tables: no IA-64 kernel "
                                 "has those",
                                 *page_size, levels)};
    const auto image = std::find_if(inputs.architecture.spans.begin(), inputs.architecture.spans.end(),
                                    [](const Span& span) { return span.mapping == Mapping::KernelImage; });
    if (*directory < image->first.value || *directory > image->last.value)
        return Error{ErrorCode::Corrupt,
                     fmt::format("VMCOREINFO has swapper_pg_dir at {:#x}, outside the kernel image", *directory)};
    const PhysStart start = find_phys_start(inputs, *image);
    facts.image_phys = start.value;
    facts.tables.root = {*directory - image->base + start.value};
    facts.found = fmt::format("VMCOREINFO, kernel image at physical {:#x} ({})", start.value, start.found);
    return facts;
}

}  // namespace kstrax
