// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/record_kernel.hpp"

namespace kstrax::test {

namespace {

constexpr std::uint64_t kFunction = 64;
constexpr std::uint64_t kText = 8192;
constexpr std::uint64_t kRegisters = 336;

std::vector<BtfStruct> structs(bool marked) {
    std::vector<BtfStruct> all{
        {"pt_regs",
         kRegisters,
         {{"regs", "char[248]", 0},
          {"sp", "long", 248},
          {"pc", "long", 256},
          {"pstate", "long", 264},
          {"stackframe", "char[16]", RecordKernel::kRecord}}},
        {"cpu_context", 104, {{"fp", "long", 80}, {"sp", "long", 88}, {"pc", "long", 96}}},
        {"thread_struct", 128, {{"cpu_context", "cpu_context", 0}}},
        {"ftrace_ret_stack", 32, {{"ret", "long", 0}, {"func", "long", 8}, {"retp", "ptr", 24}}},
        {"task_struct", 4096, {{"stack", "ptr", 40}, {"ret_stack", "ptr", 64}, {"thread", "thread_struct", 128}}}};
    if (marked) all.push_back({"frame_record_meta", 24, {{"type", "long", 16}}});
    return all;
}

}  // namespace

RecordKernel::RecordKernel(bool newer) : TypedKernel(structs(newer)), marked(newer) {
    text = make_bytes(kText);
    task = make("task_struct");
    stack = make_bytes(kStack);
    set(task, "task_struct", "stack", stack);
    top = stack + kStack - kRegisters;
    name("_stext", text);
    name("_etext", text + kText);
    last(top);
}

std::uint64_t RecordKernel::function(std::string called) {
    names.push_back(std::move(called));
    return text + (names.size() - 1) * kFunction;
}

void RecordKernel::last(std::uint64_t registers, std::uint64_t mode, std::uint64_t pc) {
    set(registers, "pt_regs", "pstate", mode);
    set(registers, "pt_regs", "pc", pc);
    if (marked) put(registers + kRecord + 16, 1);
}

std::uint64_t RecordKernel::record(std::uint64_t at, std::uint64_t callers, std::uint64_t returns_to) {
    put(stack + at, callers);
    put(stack + at + 8, returns_to);
    return stack + at;
}

std::uint64_t RecordKernel::exception(std::uint64_t at, std::uint64_t pc, std::uint64_t bp, std::uint64_t link) {
    const std::uint64_t registers = stack + at;
    set(registers, "pt_regs", "pstate", kKernelMode);
    set(registers, "pt_regs", "pc", pc);
    set(registers, "pt_regs", "sp", registers + kRegisters);
    put(registers + 29 * 8, bp);
    put(registers + 30 * 8, link);
    put(registers + kRecord, marked ? 0 : bp);
    put(registers + kRecord + 8, marked ? 0 : pc);
    if (marked) put(registers + kRecord + 16, 2);
    return registers + kRecord;
}

void RecordKernel::leave(std::uint64_t at, std::uint64_t behind_switch, std::uint64_t caller,
                         std::uint64_t callers_caller) {
    const auto outer = record(at + 64, top + kRecord, callers_caller);
    record(at, record(at + 32, outer, caller), behind_switch);
}

void RecordKernel::sleep(std::uint64_t code, std::uint64_t record) {
    const std::uint64_t context = at(task, "task_struct", "thread");
    set(context, "cpu_context", "pc", code);
    set(context, "cpu_context", "fp", record);
    set(context, "cpu_context", "sp", record);
}

std::uint64_t RecordKernel::call(std::uint64_t from, std::uint64_t target) {
    put(from, 0x94000000 | ((target - from) / 4 & 0x3ffffff), 4);
    return from + 4;
}

FindNearest RecordKernel::nearest() const {
    return [this](VirtAddr at) -> std::optional<NearestSymbol> {
        const std::uint64_t index = (at.value - text) / kFunction;
        if (index >= names.size()) return std::nullopt;
        return NearestSymbol{{text + index * kFunction}, names[static_cast<std::size_t>(index)]};
    };
}

}  // namespace kstrax::test
