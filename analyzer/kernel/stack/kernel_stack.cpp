// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/kernel_stack.hpp"

#include <algorithm>

#include "analyzer/base/enum_table.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostFrames = 256;
constexpr unsigned kMostSwitches = 8;      // from an interrupt's or exception's stack to the one below, and so on
constexpr std::uint64_t kMostWords = 256;  // looked at for a return behind a call
constexpr std::uint64_t kPrivilege = 3;
constexpr std::uint64_t kCallSize = 5;
constexpr std::uint64_t kCallOpcode = 0xe8;

struct EndText {
    StackEnd end;
    std::string_view text;
};
constexpr std::array kEnds{
    EndText{StackEnd::UserMode, "from user mode"},
    EndText{StackEnd::Whole, "nobody has called"},
    EndText{StackEnd::Broken, "the kernel's tables do not lead on from here"},
    EndText{StackEnd::TooLong, "more frames than a stack has room for"},
    EndText{StackEnd::NoStack, "it has no stack any more"},
    EndText{StackEnd::NoRegisters, "it ran: the dump does not have the registers of its CPU"},
    EndText{StackEnd::NotThere, "its stack is not in the dump"},
    EndText{StackEnd::NoTables, "its stack cannot be read"},
};
static_assert(in_order(kEnds, &EndText::end));

}  // namespace

std::string_view stack_end_text(StackEnd end) { return row_of(kEnds, end).text; }

Result<StackReader> StackReader::open(const KernelReader& memory, const FindMember& member, const FindSymbol& find,
                                      std::span<const KernelModule> modules, CodeNames& names) {
    auto orc = OrcTables::open(memory, member, find, modules);
    if (!orc) return orc.error();
    StackReader reader(memory, std::move(*orc), ReturnHooks(memory, member, find), names);
    bool known = true;
    const auto offset = [&](std::string_view type, std::string_view name) {
        const auto found = member(type, name);
        known = known && found;
        return found.value_or(Member{}).offset;
    };
    reader.stack_ = offset("task_struct", "stack");
    reader.thread_sp_ = offset("task_struct", "thread.sp");
    reader.inactive_bp_ = offset("inactive_task_frame", "bp");
    reader.inactive_ip_ = offset("inactive_task_frame", "ret_addr");
    const auto whole = member("inactive_task_frame", "");
    RegisterMembers& members = reader.members_;
    members = {.ip = offset("pt_regs", "ip"),
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
    reader.inactive_size_ = whole->size;
    reader.ret_from_fork_ = find("ret_from_fork_asm");
    if (!reader.ret_from_fork_) reader.ret_from_fork_ = find("ret_from_fork");
    reader.schedule_ = find("__schedule");
    reader.switch_to_ = find("__switch_to_asm");
    return reader;
}

KernelStack StackReader::of(const KernelTask& task) {
    KernelStack none;
    const std::uint64_t at = task.address.value;
    const auto begin = memory_.pointer(at + stack_);
    none.end = !begin ? StackEnd::NotThere : *begin == 0 ? StackEnd::NoStack : StackEnd::NoRegisters;
    if (none.end != StackEnd::NoRegisters || task.running_on) return none;
    none.end = StackEnd::NotThere;
    const auto sp = memory_.pointer(at + thread_sp_);
    return sp ? switched_out(at, *sp) : searched(task);
}

KernelStack StackReader::switched_out(std::uint64_t task, std::uint64_t sp) {
    const auto bp = memory_.pointer(sp + inactive_bp_);
    const auto ip = memory_.pointer(sp + inactive_ip_);
    if (!bp || !ip) return {};
    State state{.task = task, .ip = *ip, .sp = sp + inactive_size_, .bp = *bp};
    state.interrupted = ret_from_fork_ && *ip == ret_from_fork_->value;  // it has never run: nothing has called that
    KernelStack stack = unwind(state);
    stack.sp = sp;  // with the registers that the switch saved
    return stack;
}

KernelStack StackReader::of(const KernelTask& task, const CpuRegisters& registers) {
    if (registers.user_mode) return {.frames = {}, .end = StackEnd::UserMode};
    return unwind({.task = task.address.value,
                   .ip = registers.ip,
                   .sp = registers.sp,
                   .bp = registers.bp,
                   .interrupted = true,
                   .of_cpu = &registers});
}

KernelStack StackReader::unwind(State state) {
    KernelStack stack;
    stack.sp = state.sp;
    StackFrame frame{.code = {state.ip}, .slot = {}, .interrupted = state.interrupted};
    while (true) {
        stack.frames.push_back(frame);
        if (stack.frames.size() >= kMostFrames) {
            stack.end = StackEnd::TooLong;
            return stack;
        }
        const std::uint64_t before = state.sp;
        const Step next = step(state, frame);
        switch (next) {
            case Step::Frame:
                break;
            case Step::User:
                stack.end = StackEnd::UserMode;
                stack.registers = state.registers;
                return stack;
            case Step::Whole:
                stack.end = StackEnd::Whole;
                return stack;
            case Step::Broken:
                stack.end = StackEnd::Broken;
                return stack;
        }
        // A stack is left upwards. It is left downwards once each time that another one was switched to.
        if (state.sp <= before && ++state.switches > kMostSwitches) {
            stack.end = StackEnd::Broken;
            return stack;
        }
    }
}

/// A register of the code that was interrupted.
std::optional<std::uint64_t> StackReader::saved(const State& state, OrcBase base) {
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

std::optional<std::uint64_t> StackReader::base_of(const State& state, const OrcEntry& entry) {
    const auto offset = static_cast<std::uint64_t>(std::int64_t{entry.sp_offset});
    if (entry.sp == OrcBase::Sp) return state.sp + offset;
    if (entry.sp == OrcBase::Bp) return state.bp + offset;
    if (entry.sp == OrcBase::BpIndirect) return memory_.pointer(state.bp + offset);
    const auto base = entry.sp == OrcBase::SpIndirect ? memory_.pointer(state.sp) : saved(state, entry.sp);
    return base ? std::optional(*base + offset) : std::nullopt;
}

bool StackReader::move_bp(State& state, const OrcEntry& entry, std::uint64_t base, std::uint64_t before) {
    const auto offset = static_cast<std::uint64_t>(std::int64_t{entry.bp_offset});
    std::optional<std::uint64_t> bp = before;
    if (entry.bp == OrcBase::PrevSp) bp = memory_.pointer(base + offset);
    else if (entry.bp == OrcBase::Bp) bp = memory_.pointer(before + offset);
    else if (entry.bp == OrcBase::Undefined && entry.kind == OrcKind::Regs) bp = memory_.pointer(base + members_.bp);
    if (!bp) return false;
    state.bp = *bp;
    return true;
}

StackReader::Step StackReader::step(State& state, StackFrame& frame) {
    const auto entry = orc_.at({state.interrupted ? state.ip : state.ip - 1});
    if (!entry || entry->kind == OrcKind::Undefined) return behind_a_call(state, frame);
    if (entry->kind == OrcKind::EndOfStack) return Step::Whole;
    const auto base = base_of(state, *entry);
    if (!base) return Step::Broken;
    const std::uint64_t bp = state.bp;
    if (entry->kind == OrcKind::Call) {
        const std::uint64_t slot = *base - memory_.word_size();
        const auto address = memory_.pointer(slot);
        const auto real = address ? hooks_.undo(state.task, *address, slot) : std::nullopt;
        if (!real) return Step::Broken;
        state.ip = *real;
        state.sp = *base;
        state.registers = 0;
        frame = {.code = {*real}, .slot = {slot}, .interrupted = entry->signal};
    } else {
        const std::uint64_t registers = entry->kind == OrcKind::Regs ? *base : *base - members_.ip;
        const auto ip = memory_.pointer(registers + members_.ip);
        const auto sp = memory_.pointer(registers + members_.sp);
        const auto cs = memory_.number(registers + members_.cs, 2);
        if (!ip || !sp || !cs) return Step::Broken;
        state.registers = registers;
        if ((*cs & kPrivilege) != 0) return Step::User;
        const auto real = hooks_.undo(state.task, *ip, *sp);
        if (!real) return Step::Broken;
        state.ip = *real;
        state.sp = *sp;
        if (entry->kind != OrcKind::Regs) state.registers = 0;
        frame = {.code = {*real}, .slot = {registers + members_.ip}, .interrupted = entry->signal};
    }
    state.of_cpu = nullptr;
    state.interrupted = entry->signal;
    return move_bp(state, *entry, *base, bp) ? Step::Frame : Step::Broken;
}

/// Code that has no row in the tables, as that which starts a crash kernel: the next word on the stack that
/// stands behind a direct call of the function.
StackReader::Step StackReader::behind_a_call(State& state, StackFrame& frame) {
    const VirtAddr code{state.interrupted ? state.ip : state.ip - 1};
    const CodePlace* place = names_->at(code);
    if (place == nullptr || place->name.empty()) return Step::Broken;
    for (std::uint64_t i = 0; i < kMostWords; ++i) {
        const std::uint64_t slot = state.sp + i * memory_.word_size();
        const auto word = memory_.pointer(slot);
        if (!word) return Step::Broken;
        const auto opcode = memory_.number(*word - kCallSize, 1);
        if (!opcode || *opcode != kCallOpcode) continue;
        const auto distance = memory_.number(*word - kCallSize + 1, 4);
        if (!distance || *word + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(*distance)}) !=
                             place->start.value)
            continue;
        frame = {.code = {*word}, .slot = {slot}, .interrupted = false, .guessed = true};
        state.ip = *word;
        state.sp = slot + memory_.word_size();
        state.interrupted = false;
        state.registers = 0;
        state.of_cpu = nullptr;
        return Step::Frame;
    }
    return Step::Broken;
}

}  // namespace kstrax
