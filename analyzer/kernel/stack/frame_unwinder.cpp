// SPDX-License-Identifier: GPL-2.0-or-later
// By chains of frame records, as arm64's kernels keep them.
// Source: arch/arm64/kernel/{entry.S,stacktrace.c,process.c} and asm/stacktrace/frame.h of Linux 6.1 to 7.2.
#include <algorithm>
#include <bit>

#include "analyzer/kernel/btf/register_member.hpp"
#include "analyzer/kernel/stack/return_hooks.hpp"
#include "analyzer/kernel/stack/unwinder.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kAlignment = 8;    // of a record
constexpr std::uint64_t kOfException = 2;  // FRAME_META_TYPE_PT_REGS; the last record's is 1

class FrameUnwinder final : public Unwinder {
  public:
    FrameUnwinder(KernelReader memory, const FrameRecords& row, ReturnHooks hooks, CodeNames& names)
        : memory_(std::move(memory)), row_(&row), hooks_(std::move(hooks)), names_(&names) {}

    /// Fails where the kernel's types do not tell what it needs.
    [[nodiscard]] Result<void> know(const FindMember& member, const FindSymbol& find);

    [[nodiscard]] UnwindStep step(UnwindState& state, StackFrame& frame) override;
    [[nodiscard]] std::optional<UnwindStart> sleeping(std::uint64_t task) override;
    [[nodiscard]] std::optional<UnwindStart> sleeping_at(std::uint64_t task, std::uint64_t slot) override;
    [[nodiscard]] std::string_view switch_function() const override { return "__switch_to"; }

  private:
    [[nodiscard]] UnwindStep last(UnwindState& state, std::uint64_t record);
    [[nodiscard]] bool enters(const UnwindState& state);
    [[nodiscard]] bool to_interrupted(UnwindState& state, StackFrame& frame, std::uint64_t registers);
    [[nodiscard]] bool by_link(UnwindState& state, StackFrame& frame, std::uint64_t in_record);
    [[nodiscard]] std::uint64_t of_caller(std::uint64_t record) const { return record + memory_.word_size(); }
    /// An address of code may carry a signature (pointer authentication) where the kernel's have ones.
    [[nodiscard]] std::uint64_t without_signature(std::uint64_t address) const { return address | unused_bits_; }

    KernelReader memory_;
    const FrameRecords* row_;
    ReturnHooks hooks_;
    CodeNames* names_;
    std::uint64_t unused_bits_ = 0;
    std::uint64_t stack_ = 0, saved_ip_ = 0, saved_sp_ = 0, saved_bp_ = 0;       // in task_struct
    std::uint64_t size_ = 0, record_ = 0, ip_ = 0, sp_ = 0, bp_ = 0, link_ = 0;  // of pt_regs
    Member mode_;
    std::optional<std::uint64_t> type_;  // in a record
    std::optional<VirtAddr> ret_from_fork_;
};

Result<void> FrameUnwinder::know(const FindMember& member, const FindSymbol& find) {
    bool known = memory_.architecture().call_registers != nullptr;
    const auto offset = [&](const std::optional<Member>& found) {
        known = known && found;
        return found.value_or(Member{}).offset;
    };
    const auto of_registers = [&](std::string_view name) {
        return offset(register_member(member, name, memory_.word_size()));
    };
    stack_ = offset(member("task_struct", "stack"));
    saved_ip_ = offset(member("task_struct", row_->saved_ip));
    saved_sp_ = offset(member("task_struct", row_->saved_sp));
    saved_bp_ = offset(member("task_struct", row_->saved_bp));
    record_ = of_registers(row_->record);
    ip_ = of_registers(row_->ip);
    sp_ = of_registers(row_->sp);
    bp_ = of_registers(row_->bp);
    link_ = of_registers(row_->link);
    const auto whole = member("pt_regs", "");
    const auto mode = known ? member("pt_regs", memory_.architecture().call_registers->mode) : std::nullopt;
    if (!known || !whole || !mode || whole->size > kMostRegisters)
        return Error{ErrorCode::NotFound, "the kernel's types do not tell where a task's frame records are"};
    size_ = whole->size;
    mode_ = *mode;
    if (const auto type = member(row_->marked, "type")) type_ = type->offset;
    const auto code = find("_stext");
    if (code) unused_bits_ = ~(~std::uint64_t{0} >> std::countl_one(code->value));
    ret_from_fork_ = find("ret_from_fork");
    return {};
}

std::optional<UnwindStart> FrameUnwinder::sleeping(std::uint64_t task) {
    const auto ip = memory_.pointer(task + saved_ip_);
    const auto sp = memory_.pointer(task + saved_sp_);
    const auto bp = memory_.pointer(task + saved_bp_);
    if (!ip || !sp || !bp || !memory_.pointer(*bp)) return std::nullopt;
    UnwindState state{.task = task, .ip = without_signature(*ip), .sp = *sp, .bp = *bp};
    state.interrupted = ret_from_fork_ && state.ip == ret_from_fork_->value;  // it has never run
    return UnwindStart{state, *sp};
}

/// The record there is that of the function which switches: it has called, and goes on behind, what the kernel does not
/// tell. So the task goes on where __schedule does.
std::optional<UnwindStart> FrameUnwinder::sleeping_at(std::uint64_t task, std::uint64_t slot) {
    const std::uint64_t record = slot - memory_.word_size();
    const auto bp = memory_.pointer(record);
    const auto ip = memory_.pointer(slot);
    if (!bp || !ip) return std::nullopt;
    const UnwindState state{.task = task, .ip = without_signature(*ip), .sp = slot + memory_.word_size(), .bp = *bp};
    return UnwindStart{state, record};
}

/// A record without a caller: at the end of a stack, in the registers of its first entry into the kernel.
UnwindStep FrameUnwinder::last(UnwindState& state, std::uint64_t record) {
    const CallRegisters& entry = *memory_.architecture().call_registers;
    const std::uint64_t registers = record - record_;
    const auto begin = memory_.pointer(state.task + stack_);
    const auto mode = memory_.number(registers + mode_.offset, mode_.size);
    const auto ip = memory_.pointer(registers + ip_);
    if (!begin || !mode || !ip) return UnwindStep::Broken;
    const std::uint64_t depth = registers + size_ - *begin;
    if (std::ranges::find(entry.stack_sizes, depth) == entry.stack_sizes.end()) return UnwindStep::Broken;
    state.registers = registers;
    return (*mode & entry.mode_mask) == entry.user_mode && *ip != 0 ? UnwindStep::User : UnwindStep::Whole;
}

/// A CPU that has left user mode and has not made a record yet: its stack is empty, or holds nothing but registers.
bool FrameUnwinder::enters(const UnwindState& state) {
    const auto begin = memory_.pointer(state.task + stack_);
    const auto& sizes = memory_.architecture().call_registers->stack_sizes;
    return begin && std::ranges::any_of(sizes, [&](std::uint64_t size) {
               return state.sp == *begin + size || state.sp == *begin + size - size_;
           });
}

/// From an exception's handler to what it interrupted.
bool FrameUnwinder::to_interrupted(UnwindState& state, StackFrame& frame, std::uint64_t registers) {
    const auto ip = memory_.pointer(registers + ip_);
    const auto sp = memory_.pointer(registers + sp_);
    const auto bp = memory_.pointer(registers + bp_);
    if (!ip || !sp || !bp) return false;
    state.ip = *ip;
    state.sp = *sp;
    state.bp = *bp;
    state.registers = registers;
    state.interrupted = true;
    frame = {.code = {*ip}, .slot = {registers + ip_}, .interrupted = true};
    return true;
}

/// A function that was interrupted before it made a record, or that makes none, has its return address in a register.
/// Once it has called another function, that register holds an address of its own.
bool FrameUnwinder::by_link(UnwindState& state, StackFrame& frame, std::uint64_t in_record) {
    const auto kept =
        state.of_cpu != nullptr ? std::optional(state.of_cpu->link) : memory_.pointer(state.registers + link_);
    if (!kept || without_signature(*kept) == in_record) return false;
    const std::uint64_t link = without_signature(*kept);
    const CodePlace* own = names_->at({state.ip});
    const VirtAddr start = own != nullptr ? own->start : VirtAddr{0};
    const CodePlace* caller = names_->of_return({link});
    if (caller == nullptr || caller->name.empty() || caller->start == start) return false;
    state.ip = link;
    state.interrupted = false;
    frame = {.code = {link}, .slot = {}, .interrupted = false, .guessed = true};
    return true;
}

UnwindStep FrameUnwinder::step(UnwindState& state, StackFrame& frame) {
    if (state.of_cpu != nullptr && enters(state)) return UnwindStep::User;
    const std::uint64_t record = state.bp;
    const auto next = record % kAlignment == 0 ? memory_.pointer(record) : std::nullopt;
    const auto address = memory_.pointer(of_caller(record));
    if (!next || !address) return UnwindStep::Broken;
    const std::uint64_t code = without_signature(*address);
    const bool linked =
        state.interrupted && (state.of_cpu != nullptr || state.registers != 0) && by_link(state, frame, code);
    state.of_cpu = nullptr;
    state.registers = 0;
    if (linked) return UnwindStep::Frame;
    state.interrupted = false;
    const std::uint64_t registers = record - record_;
    if (*next == 0 && *address == 0) {
        const auto type = type_ ? memory_.pointer(record + *type_) : std::nullopt;
        if (type != kOfException) return last(state, record);
        return to_interrupted(state, frame, registers) ? UnwindStep::Frame : UnwindStep::Broken;
    }
    // The record of an exception in older kernels holds what the registers do.
    if (memory_.pointer(registers + ip_) == *address && memory_.pointer(registers + bp_) == *next)
        return to_interrupted(state, frame, registers) ? UnwindStep::Frame : UnwindStep::Broken;
    const auto real = hooks_.undo(state.task, code, *next);
    if (!real) return UnwindStep::Broken;
    state.ip = without_signature(*real);
    state.sp = of_caller(record) + memory_.word_size();
    state.bp = *next;
    frame = {.code = {state.ip}, .slot = {of_caller(record)}};
    return UnwindStep::Frame;
}

}  // namespace

Result<std::unique_ptr<Unwinder>> open_frame_unwinder(const KernelReader& memory, const FindMember& member,
                                                      const FindSymbol& find, CodeNames& names) {
    const FrameRecords* row = memory.architecture().frame_records;
    if (row == nullptr) return Error{ErrorCode::Unsupported, "this architecture's kernels keep no frame records"};
    auto unwinder = std::make_unique<FrameUnwinder>(memory, *row, ReturnHooks(memory, member, find), names);
    if (const auto known = unwinder->know(member, find); !known) return known.error();
    return std::unique_ptr<Unwinder>(std::move(unwinder));
}

}  // namespace kstrax
