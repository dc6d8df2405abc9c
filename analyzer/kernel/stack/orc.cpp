// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/orc.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostEntries = 1 << 24;  // Debian's kernels have 0.4 to 0.6 million
constexpr std::size_t kMostKnown = 1 << 16;
constexpr std::uint64_t kAddressSize = 4;
constexpr std::uint64_t kSamples = 1024;  // entries looked at for the number of SP
constexpr std::size_t kRegisterNumbers = 16;

// The numbers of registers. They were given anew in 7.0 or 7.1 and stand nowhere in a dump.
using B = OrcBase;
struct Numbering {
    std::uint64_t sp;  ///< the commonest base of all kernels
    std::array<OrcBase, kRegisterNumbers> bases;
};
constexpr std::array kNumberings{
    Numbering{
        5, {B::Undefined, B::PrevSp, B::Dx, B::Di, B::Bp, B::Sp, B::R10, B::R13, B::BpIndirect, B::SpIndirect, B::Ax}},
    Numbering{
        3, {B::Undefined, B::Ax, B::Dx, B::Sp, B::Bp, B::Di, B::R10, B::R13, B::PrevSp, B::SpIndirect, B::BpIndirect}},
};

// The numbers of kinds: with a bit `end` beside them (before 6.4), and without.
constexpr std::array kKindsBesideEnd{OrcKind::Call, OrcKind::Regs, OrcKind::RegsPartial};
constexpr std::array kKinds{OrcKind::Undefined, OrcKind::EndOfStack, OrcKind::Call, OrcKind::Regs,
                            OrcKind::RegsPartial};

// A call of address 0: only its return address is on the stack.
constexpr OrcEntry kCalledNull{.kind = OrcKind::Call, .sp = OrcBase::Sp, .sp_offset = 8};

}  // namespace

OrcTables::OrcTables(KernelReader memory, const FindSymbol& find) : memory_(std::move(memory)) {
    const auto addresses = find("__start_orc_unwind_ip");
    const auto addresses_end = find("__stop_orc_unwind_ip");
    const auto entries = find("__start_orc_unwind");
    if (!addresses || !addresses_end || !entries || *addresses_end <= *addresses) return;
    kernel_.addresses = addresses->value;
    kernel_.entries = entries->value;
    kernel_.count = (addresses_end->value - addresses->value) / kAddressSize;
}

Result<OrcTables> OrcTables::open(KernelReader memory, const FindMember& member, const FindSymbol& find,
                                  std::span<const KernelModule> modules) {
    OrcTables tables(std::move(memory), find);
    if (tables.kernel_.count == 0)
        return Error{ErrorCode::NotFound, "the kernel's symbols name no ORC tables (__start_orc_unwind)"};
    if (tables.kernel_.count > kMostEntries)
        return Error{ErrorCode::Corrupt, fmt::format("{} ORC entries: that many no kernel has", tables.kernel_.count)};
    if (const auto known = tables.know_form(member); !known) return known.error();
    if (const auto known = tables.know_registers(); !known) return known.error();
    tables.add_modules(member, modules);
    return tables;
}

Result<void> OrcTables::know_form(const FindMember& member) {
    bool known = true;
    const auto place = [&](std::string_view name) {
        const auto found = member("orc_entry", name);
        known = known && found;
        return found.value_or(Member{});
    };
    const auto whole = member("orc_entry", "");
    sp_offset_ = place("sp_offset");
    bp_offset_ = place("bp_offset");
    sp_reg_ = place("sp_reg");
    bp_reg_ = place("bp_reg");
    type_ = place("type");
    end_ = member("orc_entry", "end");
    signal_ = member("orc_entry", "signal");
    if (!known || !whole || whole->size == 0 || whole->size > 64)
        return Error{ErrorCode::NotFound, "the kernel's types have no orc_entry, or not the one that is known"};
    size_ = whole->size;
    return {};
}

Result<void> OrcTables::know_registers() {
    std::array<std::uint64_t, kRegisterNumbers> seen{};
    std::uint64_t looked_at = 0;
    const std::uint64_t step = std::max<std::uint64_t>(1, kernel_.count / kSamples);
    for (std::uint64_t index = 0; index < kernel_.count; index += step) {
        const auto number = field(kernel_.entries + index * size_, sp_reg_);
        if (!number || *number >= kRegisterNumbers) continue;
        ++looked_at;
        ++seen[static_cast<std::size_t>(*number)];
    }
    const auto most = std::ranges::max_element(seen);
    for (const Numbering& numbering : kNumberings) {
        if (static_cast<std::uint64_t>(most - seen.begin()) != numbering.sp || *most <= looked_at / 2) continue;
        bases_ = numbering.bases;
        return {};
    }
    return Error{ErrorCode::Corrupt, fmt::format("which register ORC calls SP is not known: the commonest of {} "
                                                 "entries is number {}, {} times",
                                                 looked_at, most - seen.begin(), *most)};
}

void OrcTables::add_modules(const FindMember& member, std::span<const KernelModule> modules) {
    const auto addresses = member("module", "arch.orc_unwind_ip");
    const auto entries = member("module", "arch.orc_unwind");
    const auto count = member("module", "arch.num_orcs");
    if (!addresses || !entries || !count) return;
    for (const KernelModule& module : modules) {
        const std::uint64_t at = module.address.value;
        const auto first = memory_.pointer(at + addresses->offset);
        const auto first_entry = memory_.pointer(at + entries->offset);
        const auto number = memory_.number(at + count->offset, count->size);
        if (!first || !first_entry || !number || *number == 0 || *number > kMostEntries) continue;
        modules_.push_back({*first, *first_entry, *number, module.memory});
    }
}

const OrcTables::Table& OrcTables::table_of(VirtAddr code) const {
    for (const Table& table : modules_)
        for (const ModuleRange& part : table.code)
            if (code.value - part.start.value < part.size) return table;
    return kernel_;
}

std::optional<OrcEntry> OrcTables::at(VirtAddr code) {
    if (code.value == 0) return kCalledNull;
    if (known_.size() >= kMostKnown) known_.clear();
    auto found = known_.find(code.value);
    if (found == known_.end()) found = known_.emplace(code.value, look_up(code)).first;
    return found->second;
}

std::optional<std::uint64_t> OrcTables::begin_of(const Table& table, std::uint64_t index) {
    const std::uint64_t at = table.addresses + index * kAddressSize;
    const auto distance = memory_.number(at, kAddressSize);
    if (!distance) return std::nullopt;
    return at + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(*distance)});
}

/// The last entry whose first instruction is not behind the code.
std::optional<OrcEntry> OrcTables::look_up(VirtAddr code) {
    const Table& table = table_of(code);
    std::uint64_t first = 0;
    std::uint64_t end = table.count;
    while (first < end) {
        const std::uint64_t middle = first + (end - first) / 2;
        const auto begin = begin_of(table, middle);
        if (!begin) return std::nullopt;
        if (*begin <= code.value) first = middle + 1;
        else end = middle;
    }
    if (first == 0) return std::nullopt;
    return decode(table.entries + (first - 1) * size_);
}

std::optional<std::uint64_t> OrcTables::field(std::uint64_t entry, const Member& member) {
    if (member.bits == 0) return memory_.number(entry + member.offset, member.size);
    // The bytes that hold the bits alone: an entry is shorter than the type that its bit fields are declared as.
    const std::uint64_t bytes = (member.first_bit + member.bits + 7) / 8;
    const auto value = memory_.number(entry + member.offset, bytes);
    if (!value) return std::nullopt;
    return *value >> member.first_bit & ((std::uint64_t{1} << member.bits) - 1);
}

std::optional<OrcEntry> OrcTables::decode(std::uint64_t at) {
    const auto sp_offset = field(at, sp_offset_);
    const auto bp_offset = field(at, bp_offset_);
    const auto sp = field(at, sp_reg_);
    const auto bp = field(at, bp_reg_);
    const auto type = field(at, type_);
    const auto end = end_ ? field(at, *end_) : std::optional<std::uint64_t>(0);
    const auto signal = signal_ ? field(at, *signal_) : std::optional<std::uint64_t>(0);
    if (!sp_offset || !bp_offset || !sp || !bp || !type || !end || !signal) return std::nullopt;
    OrcEntry entry;
    entry.sp_offset = static_cast<std::int16_t>(*sp_offset);
    entry.bp_offset = static_cast<std::int16_t>(*bp_offset);
    entry.sp = bases_[static_cast<std::size_t>(*sp % kRegisterNumbers)];
    entry.bp = bases_[static_cast<std::size_t>(*bp % kRegisterNumbers)];
    const std::span<const OrcKind> kinds = end_ ? std::span<const OrcKind>(kKindsBesideEnd) : kKinds;
    if (*type < kinds.size()) entry.kind = kinds[static_cast<std::size_t>(*type)];
    if (end_ && entry.sp == OrcBase::Undefined) entry.kind = *end != 0 ? OrcKind::EndOfStack : OrcKind::Undefined;
    entry.signal = signal_ ? *signal != 0 : entry.kind == OrcKind::Regs || entry.kind == OrcKind::RegsPartial;
    return entry;
}

}  // namespace kstrax
