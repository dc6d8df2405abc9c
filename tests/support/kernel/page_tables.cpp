// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/page_tables.hpp"

namespace kstrax::test {

namespace {

/// The bits of an entry: the one by which it is present, those that must be set, and those wanted that may be.
std::uint64_t flags(const EntryRule& rule, std::uint64_t wanted) {
    return (rule.present & (~rule.present + 1)) | rule.needed | (wanted & ~rule.reserved);
}

}  // namespace

std::uint64_t frame_bits(const EntryRule& rule, PhysAddr at) {
    const std::uint64_t high = (at.value >> rule.high_shift) & rule.high;
    return rule.frame == 0 ? high : at.value | high;
}

PhysAddr frame_of(const EntryRule& rule, std::uint64_t entry) {
    return {(entry & rule.frame) | (entry & rule.high) << rule.high_shift};
}

TableBuilder::TableBuilder(Memory& memory, const TableForm& form, PhysAddr root, EntryBits bits, std::uint64_t mark)
    : memory_(memory), form_(form), mark_(mark), bits_(bits), root_(root) {}

PhysAddr TableBuilder::entry_at(std::uint64_t address, std::size_t level) {
    PhysAddr table = root_;
    for (std::size_t i = 0;; ++i) {
        const TableLevel& row = form_.levels[i];
        const std::uint64_t index = (address >> row.shift) & ((std::uint64_t{1} << row.bits) - 1);
        const PhysAddr at = table + index * form_.entry_size;
        if (i == level) return at;
        if (get_entry(at) == 0)
            put_entry(at, frame_bits(row.rule, memory_.take()) | flags(row.rule, bits_.table) | row.rule.table | mark_);
        table = {frame_of(row.rule, get_entry(at)).value & ~mark_};
    }
}

void TableBuilder::map(std::uint64_t address, PhysAddr page) {
    const std::size_t last = form_.level_count - std::size_t{1};
    const EntryRule& rule = form_.levels[last].rule;
    put_entry(entry_at(address, last), frame_bits(rule, page) | flags(rule, bits_.page) | mark_);
}

void TableBuilder::map_large(std::uint64_t address, PhysAddr page, std::size_t level) {
    const EntryRule& rule = form_.levels[level].rule;
    put_entry(entry_at(address, level), frame_bits(rule, page) | flags(rule, bits_.page) | rule.large | mark_);
}

void TableBuilder::put_entry(PhysAddr at, std::uint64_t entry) {
    if (form_.entry_size == 4) memory_.put(at, static_cast<std::uint32_t>(entry));
    else memory_.put(at, entry);
}

std::uint64_t TableBuilder::get_entry(PhysAddr at) const {
    return form_.entry_size == 4 ? memory_.get<std::uint32_t>(at) : memory_.get<std::uint64_t>(at);
}

}  // namespace kstrax::test
