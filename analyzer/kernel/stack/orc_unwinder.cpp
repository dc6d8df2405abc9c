// SPDX-License-Identifier: GPL-2.0-or-later
// x86-64: by ORC, the kernel's own tables of where callers' frames are.
#include <algorithm>
#include <array>

#include "analyzer/kernel/stack/direct_calls.hpp"
#include "analyzer/kernel/stack/orc.hpp"
#include "analyzer/kernel/stack/return_hooks.hpp"
#include "analyzer/kernel/stack/unwinder.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kMostWords = 256;  // looked at for a return behind a call
constexpr std::uint64_t kPrivilege = 3;

class OrcUnwinder final : public Unwinder {
  public:
    OrcUnwinder(KernelReader memory, OrcTables orc, ReturnHooks hooks, CodeNames& names)
        : memory_(std::move(memory)), orc_(std::move(orc)), hooks_(std::move(hooks)), names_(&names) {}

    /// Fails where the kernel's types do not tell what it needs.
    [[nodiscard]] Result<void> know(const FindMember& member, const FindSymbol& find);

    [[nodiscard]] UnwindStep step(UnwindState& state, StackFrame& frame) override;
    [[nodiscard]] std::optional<UnwindStart> sleeping(std::uint64_t task) override;
    [[nodiscard]] std::optional<UnwindStart> sleeping_at(std::uint64_t task, std::uint64_t slot) override;
    [[nodiscard]] std::string_view switch_function() const override { return "__switch_to_asm"; }
    [[nodiscard]] std::optional<VirtAddr> beginning() const override { return ret_from_fork_; }

  private:
    struct RegisterMembers {
        std::uint64_t ip = 0, sp = 0, bp = 0, cs = 0, ax = 0, dx = 0, di = 0, r10 = 0, r13 = 0;
    };

    [[nodiscard]] UnwindStep behind_a_call(UnwindState& state, StackFrame& frame);
    [[nodiscard]] std::optional<std::uint64_t> base_of(const UnwindState& state, const OrcEntry& entry);
    [[nodiscard]] std::optional<std::uint64_t> saved(const UnwindState& state, OrcBase base);
    [[nodiscard]] bool move_bp(UnwindState& state, const OrcEntry& entry, std::uint64_t base, std::uint64_t before);

    KernelReader memory_;
    OrcTables orc_;
    ReturnHooks hooks_;
    CodeNames* names_;
    std::uint64_t thread_sp_ = 0, inactive_size_ = 0, inactive_bp_ = 0, inactive_ip_ = 0;
    std::optional<VirtAddr> ret_from_fork_;
    RegisterMembers members_;
};

Result<void> OrcUnwinder::know(const FindMember& member, const FindSymbol& find) {
    bool known = true;
    const auto offset = [&](std::string_view type, std::string_view name) {
        const auto found = member(type, name);
        known = known && found;
        return found.value_or(Member{}).offset;
    };
    thread_sp_ = offset("task_struct", "thread.sp");
    inactive_bp_ = offset("inactive_task_frame", "bp");
    inactive_ip_ = offset("inactive_task_frame", "ret_addr");
    const auto whole = member("inactive_task_frame", "");
    members_ = {.ip = offset("pt_regs", "ip"),
                .sp = offset("pt_regs", "sp"),
                .bp = offset("pt_regs", "bp"),
                .cs = offset("pt_regs", "cs"),
                .ax = offset("pt_regs", "ax"),
                .dx = offset("pt_regs", "dx"),
                .di = offset("pt_regs", "di"),
                .r10 = offset("pt_regs", "r10"),
                .r13 = offset("pt_regs", "r13")};
    if (!known || !whole)
        return Error{ErrorCode::NotFound, "the kernel's types do not tell what a switch of tasks leaves on a stack"};
    inactive_size_ = whole->size;
    ret_from_fork_ = find("ret_from_fork_asm");
    if (!ret_from_fork_) ret_from_fork_ = find("ret_from_fork");
    return {};
}

std::optional<UnwindStart> OrcUnwinder::sleeping(std::uint64_t task) {
    const auto sp = memory_.pointer(task + thread_sp_);
    return sp ? sleeping_at(task, *sp + inactive_ip_) : std::nullopt;
}

std::optional<UnwindStart> OrcUnwinder::sleeping_at(std::uint64_t task, std::uint64_t slot) {
    const std::uint64_t sp = slot - inactive_ip_;  // with the registers that the switch saved
    const auto bp = memory_.pointer(sp + inactive_bp_);
    const auto ip = memory_.pointer(slot);
    if (!bp || !ip) return std::nullopt;
    UnwindState state{.task = task, .ip = *ip, .sp = sp + inactive_size_, .bp = *bp};
    state.interrupted = ret_from_fork_ && *ip == ret_from_fork_->value;  // it has never run: nothing has called that
    return UnwindStart{state, sp};
}

/// A register of the code that was interrupted.
std::optional<std::uint64_t> OrcUnwinder::saved(const UnwindState& state, OrcBase base) {
    struct Row {
        OrcBase base;
        std::uint64_t RegisterMembers::*member;
        std::uint64_t CpuRegisters::*of_cpu;
    };
    static constexpr std::array kRows{
        Row{OrcBase::Ax, &RegisterMembers::ax, &CpuRegisters::ax},
        Row{OrcBase::Dx, &RegisterMembers::dx, &CpuRegisters::dx},
        Row{OrcBase::Di, &RegisterMembers::di, &CpuRegisters::di},
        Row{OrcBase::R10, &RegisterMembers::r10, &CpuRegisters::r10},
        Row{OrcBase::R13, &RegisterMembers::r13, &CpuRegisters::r13},
    };
    const auto row = std::ranges::find(kRows, base, &Row::base);
    if (row == kRows.end()) return std::nullopt;
    if (state.of_cpu != nullptr) return state.of_cpu->*row->of_cpu;
    if (state.registers == 0) return std::nullopt;
    return memory_.pointer(state.registers + members_.*row->member);
}

std::optional<std::uint64_t> OrcUnwinder::base_of(const UnwindState& state, const OrcEntry& entry) {
    const auto offset = static_cast<std::uint64_t>(std::int64_t{entry.sp_offset});
    if (entry.sp == OrcBase::Sp) return state.sp + offset;
    if (entry.sp == OrcBase::Bp) return state.bp + offset;
    if (entry.sp == OrcBase::BpIndirect) return memory_.pointer(state.bp + offset);
    const auto base = entry.sp == OrcBase::SpIndirect ? memory_.pointer(state.sp) : saved(state, entry.sp);
    return base ? std::optional(*base + offset) : std::nullopt;
}

bool OrcUnwinder::move_bp(UnwindState& state, const OrcEntry& entry, std::uint64_t base, std::uint64_t before) {
    const auto offset = static_cast<std::uint64_t>(std::int64_t{entry.bp_offset});
    std::optional<std::uint64_t> bp = before;
    if (entry.bp == OrcBase::PrevSp) bp = memory_.pointer(base + offset);
    else if (entry.bp == OrcBase::Bp) bp = memory_.pointer(before + offset);
    else if (entry.bp == OrcBase::Undefined && entry.kind == OrcKind::Regs) bp = memory_.pointer(base + members_.bp);
    if (!bp) return false;
    state.bp = *bp;
    return true;
}

UnwindStep OrcUnwinder::step(UnwindState& state, StackFrame& frame) {
    const auto entry = orc_.at({state.interrupted ? state.ip : state.ip - 1});
    if (!entry || entry->kind == OrcKind::Undefined) return behind_a_call(state, frame);
    if (entry->kind == OrcKind::EndOfStack) return UnwindStep::Whole;
    const auto base = base_of(state, *entry);
    if (!base) return UnwindStep::Broken;
    const std::uint64_t bp = state.bp;
    if (entry->kind == OrcKind::Call) {
        const std::uint64_t slot = *base - memory_.word_size();
        const auto address = memory_.pointer(slot);
        const auto real = address ? hooks_.undo(state.task, *address, slot) : std::nullopt;
        if (!real) return UnwindStep::Broken;
        state.ip = *real;
        state.sp = *base;
        state.registers = 0;
        frame = {.code = {*real}, .slot = {slot}, .interrupted = entry->signal};
    } else {
        const std::uint64_t registers = entry->kind == OrcKind::Regs ? *base : *base - members_.ip;
        const auto ip = memory_.pointer(registers + members_.ip);
        const auto sp = memory_.pointer(registers + members_.sp);
        const auto cs = memory_.number(registers + members_.cs, 2);
        if (!ip || !sp || !cs) return UnwindStep::Broken;
        state.registers = registers;
        if ((*cs & kPrivilege) != 0) return UnwindStep::User;
        const auto real = hooks_.undo(state.task, *ip, *sp);
        if (!real) return UnwindStep::Broken;
        state.ip = *real;
        state.sp = *sp;
        if (entry->kind != OrcKind::Regs) state.registers = 0;
        frame = {.code = {*real}, .slot = {registers + members_.ip}, .interrupted = entry->signal};
    }
    state.of_cpu = nullptr;
    state.interrupted = entry->signal;
    return move_bp(state, *entry, *base, bp) ? UnwindStep::Frame : UnwindStep::Broken;
}

/// Code that has no row in the tables, as that which starts a crash kernel: the next word on the stack that
/// stands behind a direct call of the function.
UnwindStep OrcUnwinder::behind_a_call(UnwindState& state, StackFrame& frame) {
    const VirtAddr code{state.interrupted ? state.ip : state.ip - 1};
    const CodePlace* place = names_->at(code);
    if (place == nullptr || place->name.empty()) return UnwindStep::Broken;
    for (std::uint64_t i = 0; i < kMostWords; ++i) {
        const std::uint64_t slot = state.sp + i * memory_.word_size();
        const auto word = memory_.pointer(slot);
        if (!word) return UnwindStep::Broken;
        if (called_before(memory_, *word) != place->start.value) continue;
        frame = {.code = {*word}, .slot = {slot}, .interrupted = false, .guessed = true};
        state.ip = *word;
        state.sp = slot + memory_.word_size();
        state.interrupted = false;
        state.registers = 0;
        state.of_cpu = nullptr;
        return UnwindStep::Frame;
    }
    return UnwindStep::Broken;
}

}  // namespace

Result<std::unique_ptr<Unwinder>> open_orc_unwinder(const KernelReader& memory, const FindMember& member,
                                                    const FindSymbol& find, std::span<const KernelModule> modules,
                                                    CodeNames& names) {
    auto orc = OrcTables::open(memory, member, find, modules);
    if (!orc) return orc.error();
    auto unwinder = std::make_unique<OrcUnwinder>(memory, std::move(*orc), ReturnHooks(memory, member, find), names);
    if (const auto known = unwinder->know(member, find); !known) return known.error();
    return std::unique_ptr<Unwinder>(std::move(unwinder));
}

}  // namespace kstrax
