// SPDX-License-Identifier: GPL-2.0-or-later
// ORC: what the kernel itself unwinds its stacks by. For each of its instructions, where the caller's
// stack pointer was, and where its frame pointer is kept.
// Source: arch/x86/include/asm/orc_types.h and arch/x86/kernel/unwind_orc.c of Linux 5.10 to 7.2.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/modules.hpp"

namespace kstrax {

enum class OrcBase : std::uint8_t { Undefined, PrevSp, Ax, Dx, Di, Bp, Sp, R10, R13, BpIndirect, SpIndirect };
enum class OrcKind : std::uint8_t {
    Undefined,    ///< cannot be unwound from here
    EndOfStack,   ///< nobody has called
    Call,         ///< a function
    Regs,         ///< the stack holds a whole struct pt_regs
    RegsPartial,  ///< it holds the last members, which the CPU saves
};

struct OrcEntry {
    OrcKind kind = OrcKind::Undefined;
    OrcBase sp = OrcBase::Undefined;  ///< the caller's stack pointer (Call), or the registers, at this…
    OrcBase bp = OrcBase::Undefined;
    std::int16_t sp_offset = 0;  ///< …and so many bytes
    std::int16_t bp_offset = 0;
    bool signal = false;  ///< the next address is that of an instruction that was interrupted, not of a call's return
};

/// The tables of the kernel and of its modules. Answers are kept.
class OrcTables {
  public:
    /// Fails with NotFound where the kernel has no such tables, with Corrupt where they make no sense.
    [[nodiscard]] static Result<OrcTables> open(KernelReader memory, const FindMember& member, const FindSymbol& find,
                                                std::span<const KernelModule> modules);

    /// None where no table says anything about this address.
    [[nodiscard]] std::optional<OrcEntry> at(VirtAddr code);

  private:
    struct Table {
        std::uint64_t addresses = 0;  // 32 bits each: the distance from there to the first instruction
        std::uint64_t entries = 0;
        std::uint64_t count = 0;
        std::vector<ModuleRange> code;  // that it is for; empty: the kernel's
    };
    OrcTables(KernelReader memory, const FindSymbol& find);

    [[nodiscard]] Result<void> know_form(const FindMember& member);
    [[nodiscard]] Result<void> know_registers();
    void add_modules(const FindMember& member, std::span<const KernelModule> modules);
    [[nodiscard]] const Table& table_of(VirtAddr code) const;
    [[nodiscard]] std::optional<OrcEntry> look_up(VirtAddr code);
    [[nodiscard]] std::optional<std::uint64_t> begin_of(const Table& table, std::uint64_t index);
    [[nodiscard]] std::optional<std::uint64_t> field(std::uint64_t entry, const Member& member);
    [[nodiscard]] std::optional<OrcEntry> decode(std::uint64_t entry);

    KernelReader memory_;
    std::uint64_t size_ = 0;  // bytes of an entry
    Member sp_offset_, bp_offset_, sp_reg_, bp_reg_, type_;
    std::optional<Member> end_, signal_;
    std::span<const OrcBase> bases_;
    Table kernel_;
    std::vector<Table> modules_;
    std::unordered_map<std::uint64_t, std::optional<OrcEntry>> known_;
};

}  // namespace kstrax
