// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel stacks, unwound by tables that lie in the same memory. An input is patches.
#include "analyzer/kernel/stack/kernel_stack.hpp"
#include "tests/fuzz/kernel/kernels.hpp"

namespace kstrax::fuzz {

namespace {

constexpr std::uint64_t kFunction = 64;  // bytes of each
constexpr std::uint64_t kSp = 5, kBp = 4, kPrevSp = 1, kCall = 2;

std::vector<test::BtfStruct> structs() {
    return {{"orc_entry",
             6,
             {{"sp_offset", "char[2]", 0},
              {"bp_offset", "char[2]", 2},
              {"sp_reg", "int", 4, 0, 4},
              {"bp_reg", "int", 4, 4, 4},
              {"type", "int", 5, 0, 3},
              {"signal", "int", 5, 3, 1}}},
            {"inactive_task_frame", 56, {{"bp", "long", 40}, {"ret_addr", "long", 48}}},
            {"pt_regs",
             168,
             {{"r13", "long", 16},
              {"bp", "long", 32},
              {"r10", "long", 56},
              {"ax", "long", 80},
              {"dx", "long", 96},
              {"di", "long", 112},
              {"ip", "long", 128},
              {"cs", "long", 136},
              {"sp", "long", 152}}},
            {"thread_struct", 64, {{"sp", "long", 24}}},
            {"llist_head", 8, {{"first", "ptr", 0}}},
            {"ftrace_ret_stack", 32, {{"ret", "long", 0}, {"func", "long", 8}, {"retp", "ptr", 24}}},
            {"rethook_node", 48, {{"llist", "llist_head", 16}, {"ret_addr", "long", 32}, {"frame", "long", 40}}},
            {"task_struct",
             4096,
             {{"stack", "ptr", 40},
              {"ret_stack", "ptr", 64},
              {"rethooks", "llist_head", 72},
              {"thread", "thread_struct", 128}}}};
}

/// Sleeps in a function that one called which was called from user mode.
struct Base : test::TypedKernel {
    Base() : TypedKernel(structs()) {
        text = make_bytes(4096);
        task = make("task_struct");
        const std::uint64_t stack = make_bytes(4096);
        set(task, "task_struct", "stack", stack);
        const std::uint64_t addresses = make_bytes(4096);
        const std::uint64_t entries = make_bytes(4096);
        constexpr std::uint64_t kRows = 60;
        for (std::uint64_t i = 0; i < kRows; ++i) {
            put(addresses + 4 * i, text + i * kFunction - (addresses + 4 * i), 4);
            put(entries + 6 * i, i == 0 ? 24 : i == 1 ? 16 : i == 2 ? 0 : 8, 2);
            put(entries + 6 * i + 2, i < 2 ? static_cast<std::uint16_t>(-16) : 0, 2);
            put(entries + 6 * i + 4,
                (i == 1 ? kBp : kSp) | (i < 2 ? kPrevSp << 4 : 0) | (i == 2 ? kCall + 1 : kCall) << 8, 2);
        }
        name("_stext", text);
        name("_etext", text + 4096);
        name("__start_orc_unwind_ip", addresses);
        name("__stop_orc_unwind_ip", addresses + 4 * kRows);
        name("__start_orc_unwind", entries);
        std::uint64_t sp = stack + 1024;
        set(at(task, "task_struct", "thread"), "thread_struct", "sp", sp);
        set(sp, "inactive_task_frame", "ret_addr", text + 5);
        sp += 56;
        const std::uint64_t frame = sp + 8;
        for (const std::uint64_t word : {std::uint64_t{0}, frame + 40, text + kFunction + 9}) {
            put(sp, word);
            sp += 8;
        }
        put(frame + 40, 0x1234);
        put(frame + 48, text + 2 * kFunction + 20);
        set(frame + 56, "pt_regs", "cs", 0x33);
        known.emplace(types());
    }
    [[nodiscard]] FindNearest nearest() const {
        return [begin = text](VirtAddr at) -> std::optional<NearestSymbol> {
            if (at.value < begin || at.value - begin >= 4096) return std::nullopt;
            const std::uint64_t index = (at.value - begin) / kFunction;
            return NearestSymbol{{begin + index * kFunction}, "function_" + std::to_string(index)};
        };
    }
    std::uint64_t text = 0, task = 0;
    std::optional<KernelTypes> known;
};

void run(Bytes bytes) {
    static const Base base;
    Input input(bytes);
    PatchedKernel kernel(base, input);
    if (!kernel.opened()) return;
    const FindMember member = base.known->finder();
    CodeNames names(kernel.reader(), member, base.find(), base.nearest(), {});
    auto reader = StackReader::open(kernel.reader(), member, base.find(), {}, names);
    if (!reader) return;
    KernelTask task;
    task.address = {base.task};
    const KernelStack stack = reader->of(task);
    require(!stack_end_text(stack.end).empty(), "a stack says how it ends");
    require(stack.frames.size() <= 4096, "a stack has an end");
    for (const StackFrame& frame : stack.frames) {
        const CodePlace* place = frame.interrupted ? names.at(frame.code) : names.of_return(frame.code);
        if (place != nullptr) require(!place->text(frame.code).empty(), "a place has a text");
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all{""};
    for (std::uint8_t page = 0; page < 8; ++page)
        for (const std::uint16_t at : std::initializer_list<std::uint16_t>{0, 1024, 1080})
            all.push_back(patch_of(page, at, std::string(12, '\0')));
    return all;
}

}  // namespace

extern const Target kStacks;
const Target kStacks{"stacks", 512, run, seeds};

}  // namespace kstrax::fuzz
