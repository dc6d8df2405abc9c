// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/address/page_walk.hpp"

#include <fmt/core.h>

namespace kstrax {

namespace {

constexpr std::array<std::string_view, 5> kEndTexts{
    "mapped",
    "bits are set that the page tables do not reach",
    "not present",
    "bits are set that the processor does not allow there",
    "the table is not in the dump",
};

constexpr std::uint64_t low_bits(unsigned count) {
    return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

bool within_reach(const TableForm& form, std::uint64_t address) {
    const unsigned reach = form.reach();
    if (reach >= 64) return true;
    const std::uint64_t above = address >> reach;
    const bool negative = form.unused == Unused::Sign && ((address >> (reach - 1)) & 1) != 0;
    return above == (negative || form.unused == Unused::Ones ? low_bits(64 - reach) : 0);
}

}  // namespace

std::string_view walk_end_text(WalkEnd end) { return kEndTexts.at(static_cast<std::size_t>(end)); }

PageWalker::PageWalker(const MemorySource& source, const PageTables& tables) : source_(&source), tables_(tables) {}

Result<std::uint64_t> PageWalker::entry(std::size_t level, PhysAddr at) {
    CachedPage& cached = cache_.at(level);
    // A piece that divides every page's size. Tables are aligned, so no entry straddles two.
    const PhysAddr page{at.value / kSmallestPage * kSmallestPage};
    if (cached.at != page) {
        cached.at.reset();
        cached.bytes.resize(kSmallestPage);
        if (const auto read = source_->read(page, cached.bytes); !read) return read.error();
        cached.at = page;
    }
    std::uint64_t value = 0;
    for (unsigned i = tables_.form->entry_size; i-- > 0;)
        value = (value << 8) | std::to_integer<std::uint64_t>(cached.bytes[at.value % kSmallestPage + i]);
    return value;
}

Walk PageWalker::walk(std::uint64_t address) {
    Walk walk;
    const TableForm& form = *tables_.form;
    if (!within_reach(form, address)) {
        walk.end = WalkEnd::OutOfReach;
        return walk;
    }
    // It comes from a dump; the tables below it are aligned by their frame's bits.
    if (!form.may_be_root(tables_.root)) {
        walk.end = WalkEnd::NoTable;
        walk.why = Error{ErrorCode::Corrupt, fmt::format("no page tables begin at {:#x}", tables_.root.value),
                         tables_.root.value};
        return walk;
    }
    PhysAddr table = tables_.root;
    for (std::size_t i = 0; i < form.level_count; ++i) {
        const TableLevel& level = form.levels[i];
        const EntryRule& rule = level.rule;
        WalkStep& step = walk.steps.at(walk.step_count++);
        step.level = level.name;
        step.at = table + ((address >> level.shift) & low_bits(level.bits)) * form.entry_size;
        const auto found = entry(i, step.at);
        if (!found) {
            walk.end = WalkEnd::NoTable;
            walk.why = found.error();
            return walk;
        }
        step.entry = *found;
        const bool present = rule.present == 0 ? step.entry != 0 : (step.entry & rule.present) != 0;
        if (!present) return walk;
        if ((step.entry & rule.reserved) != 0 || (step.entry & rule.needed) != rule.needed) {
            walk.end = WalkEnd::BadEntry;
            return walk;
        }
        const std::uint64_t next =
            ((step.entry & rule.frame) | ((step.entry & rule.high) << rule.high_shift)) & ~tables_.ignored;
        const bool last = i + 1 == form.level_count;
        const bool large = rule.table != 0 ? (step.entry & rule.table) == 0 : (step.entry & rule.large) != 0;
        if (last || large) {
            const std::uint64_t offset = low_bits(level.shift);
            walk.end = WalkEnd::Mapped;
            walk.phys = {(next & ~offset) | (address & offset)};
            walk.page_size = offset + 1;
            return walk;
        }
        table = {next};
    }
    return walk;
}

}  // namespace kstrax
