// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/kernel_stack.hpp"

#include <algorithm>

#include "analyzer/base/enum_table.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostFrames = 256;
constexpr unsigned kMostSwitches = 8;  // from an interrupt's or exception's stack to the one below, and so on

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
    if (memory.architecture().direct_call == nullptr)
        return Error{ErrorCode::Unsupported, "how stacks are read is not known on this architecture"};
    const bool records = memory.architecture().frame_records != nullptr;
    auto unwinder = records ? open_frame_unwinder(memory, member, find, names)
                            : open_orc_unwinder(memory, member, find, modules, names);
    if (!unwinder) return unwinder.error();
    const auto stack = member("task_struct", "stack");
    if (!stack) return Error{ErrorCode::NotFound, "the kernel's types do not tell where a task's stack is"};
    StackReader reader(memory, std::move(*unwinder), names);
    reader.stack_ = stack->offset;
    reader.schedule_ = find("__schedule");
    reader.switch_to_ = find(reader.unwinder_->switch_function());
    return reader;
}

KernelStack StackReader::of(const KernelTask& task) {
    KernelStack none;
    const std::uint64_t at = task.address.value;
    const auto begin = memory_.pointer(at + stack_);
    none.end = !begin ? StackEnd::NotThere : *begin == 0 ? StackEnd::NoStack : StackEnd::NoRegisters;
    if (none.end != StackEnd::NoRegisters || task.running_on) return none;
    const auto start = unwinder_->sleeping(at);
    return start ? unwind(*start) : searched(task);
}

KernelStack StackReader::of(const KernelTask& task, const CpuRegisters& registers) {
    if (registers.user_mode) return {.frames = {}, .end = StackEnd::UserMode};
    const UnwindState state{.task = task.address.value,
                            .ip = registers.ip,
                            .sp = registers.sp,
                            .bp = registers.bp,
                            .interrupted = true,
                            .of_cpu = &registers};
    return unwind({state, registers.sp});
}

KernelStack StackReader::unwind(UnwindStart start) {
    KernelStack stack;
    stack.sp = start.alive;
    UnwindState& state = start.state;
    unsigned switches = 0;  // to a stack further down
    StackFrame frame{.code = {state.ip}, .slot = {}, .interrupted = state.interrupted};
    while (true) {
        stack.frames.push_back(frame);
        if (stack.frames.size() >= kMostFrames) {
            stack.end = StackEnd::TooLong;
            return stack;
        }
        const std::uint64_t before = state.sp;
        switch (unwinder_->step(state, frame)) {
            case UnwindStep::Frame:
                break;
            case UnwindStep::User:
                stack.end = StackEnd::UserMode;
                stack.registers = state.registers;
                return stack;
            case UnwindStep::Whole:
                stack.end = StackEnd::Whole;
                return stack;
            case UnwindStep::Broken:
                stack.end = StackEnd::Broken;
                return stack;
        }
        // A stack is left upwards. It is left downwards once each time that another one was switched to.
        if (state.sp <= before && ++switches > kMostSwitches) {
            stack.end = StackEnd::Broken;
            return stack;
        }
    }
}

}  // namespace kstrax
