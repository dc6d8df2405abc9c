// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel stacks by ORC, in the forms that kernels have had of it, and where it leads astray.
#include "analyzer/kernel/stack/kernel_stack.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/stack/orc.hpp"
#include "tests/support/kernel/typed_kernel.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kFunction = 64;  // bytes of each
constexpr std::uint64_t kUserCode = 0x33, kKernelCode = 0x10;

/// How a kernel numbers its kinds and registers.
struct Form {
    bool end;            // a bit `end`, and kinds from 0
    std::uint64_t call;  // number of the kind
    std::uint64_t undefined, sp, bp, prev_sp, di;
};
constexpr Form kOld{true, 0, 0, 5, 4, 1, 3};
constexpr Form kNew{false, 2, 0, 5, 4, 1, 3};
constexpr Form kReordered{false, 2, 0, 3, 4, 8, 5};
std::ostream& operator<<(std::ostream& out, const Form& form) { return out << form.end << form.call << form.sp; }

std::vector<BtfStruct> structs(bool end) {
    std::vector<BtfMember> orc{{"sp_offset", "char[2]", 0},
                               {"bp_offset", "char[2]", 2},
                               {"sp_reg", "int", 4, 0, 4},
                               {"bp_reg", "int", 4, 4, 4},
                               {"type", "int", 5, 0, end ? 2U : 3U}};
    if (end) orc.push_back({"end", "int", 5, 2, 1});
    else orc.push_back({"signal", "int", 5, 3, 1});
    return {{"orc_entry", 6, orc},
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

/// A kernel whose functions each have one row of ORC, and one task that waits.
struct StackKernel : TypedKernel {
    explicit StackKernel(const Form& of = kOld) : TypedKernel(structs(of.end)), form(of) {
        text = make_bytes(4096);
        task = make("task_struct");
        stack = make_bytes(4096);
        set(task, "task_struct", "stack", stack);
        sp = stack + 1024;
        name("_stext", text);
        name("_etext", text + 4096);
    }

    /// A function that has its caller's stack pointer at a register and some bytes.
    std::uint64_t function(std::string called, std::uint64_t kind, std::uint64_t reg, int offset,
                           std::uint64_t bp_reg = 0, int bp_offset = 0, bool end = false) {
        const std::uint64_t begin = text + names.size() * kFunction;
        names.push_back(std::move(called));
        const auto bits = static_cast<std::uint16_t>(reg | bp_reg << 4 | kind << 8 | (end ? 1U << 10 : 0));
        rows.push_back({static_cast<std::int16_t>(offset), static_cast<std::int16_t>(bp_offset), bits});
        return begin;
    }
    std::uint64_t calls(std::string called, int offset) {
        return function(std::move(called), form.call, form.sp, offset);
    }
    std::uint64_t ends(std::string called) {
        return form.end ? function(std::move(called), 0, form.undefined, 0, 0, 0, true)
                        : function(std::move(called), 1, form.undefined, 0);
    }

    /// Pushes upwards: the first is where the task sleeps.
    void push(std::uint64_t word) {
        put(sp, word);
        sp += 8;
    }
    /// What a switch of tasks leaves.
    void sleep(std::uint64_t code, std::uint64_t bp = 0) {
        set(at(task, "task_struct", "thread"), "thread_struct", "sp", sp);
        set(sp, "inactive_task_frame", "bp", bp);
        set(sp, "inactive_task_frame", "ret_addr", code);
        sp += 56;
    }
    /// A direct call; what it returns to.
    std::uint64_t call(std::uint64_t at, std::uint64_t target) {
        put(at, 0xe8, 1);
        put(at + 1, target - at - 5, 4);
        return at + 5;
    }
    /// What a switch has left somewhere on the stack.
    void leave(std::uint64_t offset, std::uint64_t code, std::uint64_t caller, std::uint64_t callers_caller) {
        sp = stack + offset;
        sleep(code);
        push(caller);
        push(callers_caller);
    }
    void registers(std::uint64_t cs, std::uint64_t ip = 0, std::uint64_t its_sp = 0) {
        set(sp, "pt_regs", "cs", cs);
        set(sp, "pt_regs", "ip", ip);
        set(sp, "pt_regs", "sp", its_sp);
    }

    [[nodiscard]] FindNearest nearest() const {
        return [this](VirtAddr at) -> std::optional<NearestSymbol> {
            const std::uint64_t index = (at.value - text) / kFunction;
            if (index >= names.size()) return std::nullopt;
            return NearestSymbol{{text + index * kFunction}, names[static_cast<std::size_t>(index)]};
        };
    }
    void write_tables() {
        rows.resize(std::max<std::size_t>(rows.size(), 60), rows.back());  // the commonest register is SP
        const std::uint64_t addresses = make_bytes(4096);
        const std::uint64_t entries = make_bytes(4096);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            put(addresses + 4 * i, text + i * kFunction - (addresses + 4 * i), 4);
            put(entries + 6 * i, static_cast<std::uint16_t>(rows[i].sp_offset), 2);
            put(entries + 6 * i + 2, static_cast<std::uint16_t>(rows[i].bp_offset), 2);
            put(entries + 6 * i + 4, rows[i].bits, 2);
        }
        name("__start_orc_unwind_ip", addresses);
        name("__stop_orc_unwind_ip", addresses + 4 * rows.size());
        name("__start_orc_unwind", entries);
    }

    Form form;
    std::uint64_t text = 0, task = 0, stack = 0, sp = 0;
    std::vector<std::string> names;
    struct Row {
        std::int16_t sp_offset, bp_offset;
        std::uint16_t bits;
    };
    std::vector<Row> rows;
};

struct Read {
    explicit Read(StackKernel& kernel) : space(kernel.space()), types(kernel.types()) {
        kernel.calls("padding", 8);  // the last row is repeated to make SP the commonest
        kernel.write_tables();
        names.emplace(KernelReader(space), types.finder(), kernel.find(), kernel.nearest(),
                      std::vector<KernelModule>());
        auto opened = StackReader::open(KernelReader(space), types.finder(), kernel.find(), {}, *names);
        BOOST_TEST_REQUIRE(opened.ok());
        reader.emplace(std::move(*opened));
        task.address = {kernel.task};
    }
    std::string text(const KernelStack& stack) {
        std::string text;
        for (const StackFrame& frame : stack.frames) {
            const CodePlace* place = frame.interrupted ? names->at(frame.code) : names->of_return(frame.code);
            text += (frame.guessed ? "?" : "") + (place != nullptr ? place->text(frame.code) : "-") + " ";
        }
        return text + std::string(stack_end_text(stack.end));
    }
    std::string text() { return text(reader->of(task)); }

    KernelSpace space;
    KernelTypes types;
    std::optional<CodeNames> names;
    std::optional<StackReader> reader;
    KernelTask task;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_stack)

BOOST_DATA_TEST_CASE(from_where_it_sleeps_to_user_mode, bdata::make({kOld, kNew, kReordered}), form) {
    StackKernel kernel(form);
    const auto waits = kernel.function("waits", form.call, form.sp, 24, form.prev_sp, -16);
    const auto works = kernel.function("works", form.call, form.bp, 16, form.prev_sp, -16);
    const auto enters = kernel.function("enters", form.call + 1, form.sp, 0);
    kernel.sleep(waits + 5);
    const std::uint64_t frame = kernel.sp + 8;  // of `waits`: 8 bytes of its own, the saved BP, the address
    kernel.push(0);
    kernel.push(frame + 40);  // BP of `works`
    kernel.push(works + 9);
    kernel.sp = frame + 40;
    kernel.push(0x1234);
    kernel.push(enters + 20);
    kernel.registers(kUserCode);
    const std::uint64_t registers = kernel.sp;
    Read read(kernel);
    BOOST_TEST(read.text() == "waits+0x5 works+0x9 enters+0x14 from user mode");
    BOOST_TEST(read.reader->of(read.task).registers == registers);
}

BOOST_DATA_TEST_CASE(a_kernel_thread_has_no_caller, bdata::make({kOld, kNew}), form) {
    StackKernel kernel(form);
    const auto waits = kernel.calls("waits", 8);
    const auto begins = kernel.ends("begins");
    kernel.sleep(waits + 1);
    kernel.push(begins + 1);
    Read read(kernel);
    BOOST_TEST(read.text() == "waits+0x1 begins+0x1 nobody has called");
}

// A call that never returns may be its function's last instruction.
BOOST_AUTO_TEST_CASE(a_return_address_may_be_the_next_functions) {
    StackKernel kernel;
    const auto waits = kernel.calls("waits", 8);
    const auto never = kernel.calls("never_returns", 16);
    const auto other = kernel.ends("other");
    BOOST_TEST(other == never + kFunction);
    kernel.sleep(waits + 1);
    kernel.push(other);
    kernel.push(0);
    kernel.push(other + 3);
    Read read(kernel);
    BOOST_TEST(read.text() == "waits+0x1 never_returns+0x40 other+0x3 nobody has called");
}

// As in __crash_kexec, the innermost function of a kernel that has crashed.
BOOST_AUTO_TEST_CASE(code_without_rows_is_left_behind_its_call) {
    StackKernel kernel;
    const auto lost = kernel.function("lost", kernel.form.call, kernel.form.undefined, 0);
    const auto calls = kernel.ends("calls");
    const std::uint64_t back = calls + 20;
    kernel.put(back - 5, 0xe8, 1);
    kernel.put(back - 4, lost - back, 4);
    kernel.sleep(lost + 8);
    kernel.push(calls + 30);  // no call of `lost` stands before this
    kernel.push(7);
    kernel.push(back);
    Read read(kernel);
    BOOST_TEST(read.text() == "lost+0x8 ?calls+0x14 nobody has called");
}

BOOST_AUTO_TEST_CASE(addresses_that_tracers_replaced) {
    StackKernel kernel;
    const auto waits = kernel.calls("waits", 8);
    const auto works = kernel.calls("works", 8);
    const auto begins = kernel.ends("begins");
    const auto handler = kernel.calls("return_to_handler", 8);
    const auto trampoline = kernel.calls("arch_rethook_trampoline", 8);
    kernel.name("return_to_handler", handler);
    kernel.name("arch_rethook_trampoline", trampoline);
    kernel.sleep(waits + 1);
    const std::uint64_t slot = kernel.sp;
    kernel.push(trampoline);
    kernel.push(handler);
    const std::uint64_t graph = kernel.make_bytes(4096);
    kernel.set(kernel.task, "task_struct", "ret_stack", graph);
    kernel.set(graph + 40, "ftrace_ret_stack", "ret", begins + 2);
    kernel.set(graph + 40, "ftrace_ret_stack", "retp", slot + 8);
    kernel.set(graph + 88, "ftrace_ret_stack", "ret", waits + 2);  // older, of the same place
    kernel.set(graph + 88, "ftrace_ret_stack", "retp", slot + 8);
    const std::uint64_t hook = kernel.make("rethook_node");
    kernel.set(hook, "rethook_node", "ret_addr", works + 3);
    kernel.set(hook, "rethook_node", "frame", slot);
    kernel.set(kernel.task, "task_struct", "rethooks", hook + 16);
    Read read(kernel);
    BOOST_TEST(read.text() == "waits+0x1 works+0x3 begins+0x2 nobody has called");
    kernel.set(hook, "rethook_node", "frame", slot + 1024);
    BOOST_TEST(read.text() == "waits+0x1 the kernel's tables do not lead on from here");
}

BOOST_AUTO_TEST_CASE(from_a_cpus_registers_through_an_interrupt) {
    StackKernel kernel(kNew);
    const auto handles = kernel.calls("handles", 8);
    const auto enters = kernel.function("enters", 3 | 1U << 3, kernel.form.sp, 0);  // Regs, signal
    const auto works = kernel.function("works", kernel.form.call, kernel.form.di, 16);
    const auto begins = kernel.ends("begins");
    const std::uint64_t before = kernel.sp + 512;
    kernel.put(before + 8, begins + 1);
    const std::uint64_t start = kernel.sp;
    kernel.push(enters + 4);
    kernel.registers(kKernelCode, works, before - 64);  // its first instruction
    kernel.set(kernel.sp, "pt_regs", "di", before);
    Read read(kernel);
    const CpuRegisters registers{.ip = handles, .sp = start};
    read.task.running_on = 0;
    BOOST_TEST(read.text(read.reader->of(read.task, registers)) ==
               "handles+0x0 enters+0x4 works+0x0 begins+0x1 nobody has called");
    BOOST_TEST(read.text() == stack_end_text(StackEnd::NoRegisters));
    BOOST_TEST(read.text(read.reader->of(read.task, {.user_mode = true})) == "from user mode");
    // The call of a null pointer: its return address is all that there is.
    BOOST_TEST(read.text(read.reader->of(read.task, {.sp = before + 8})) == "- begins+0x1 nobody has called");
}

BOOST_AUTO_TEST_CASE(hostile_stacks_end) {
    StackKernel kernel;
    const auto loops = kernel.calls("loops", 8);
    kernel.sleep(loops + 1);
    for (int i = 0; i < 300; ++i) kernel.push(loops + 1);
    Read read(kernel);
    BOOST_TEST(read.reader->of(read.task).frames.size() == 256U);
    BOOST_TEST((read.reader->of(read.task).end == StackEnd::TooLong));
    kernel.drop(kernel.stack + 1024);
    BOOST_TEST(read.text() == stack_end_text(StackEnd::NotThere));
    kernel.set(kernel.task, "task_struct", "stack", 0);
    BOOST_TEST(read.text() == stack_end_text(StackEnd::NoStack));
}

BOOST_AUTO_TEST_CASE(a_stack_that_does_not_grow_ends) {
    StackKernel kernel;
    const auto stands = kernel.calls("stands", 0);  // the address lies below, and the pointer stays
    kernel.sleep(stands + 1);
    kernel.put(kernel.sp - 8, stands + 1);
    Read read(kernel);
    BOOST_TEST((read.reader->of(read.task).end == StackEnd::Broken));
    BOOST_TEST(read.reader->of(read.task).frames.size() < 20U);
}

BOOST_AUTO_TEST_CASE(tables_that_are_not_there_or_absurd) {
    StackKernel kernel;
    kernel.calls("waits", 8);
    kernel.write_tables();
    KernelSpace space = kernel.space();
    const KernelTypes types = kernel.types();
    const auto refusal = [&] {
        const auto opened = OrcTables::open(KernelReader(space), types.finder(), kernel.find(), {});
        return opened ? std::string("opened") : opened.error().message;
    };
    BOOST_TEST(refusal() == "opened");
    kernel.name("__stop_orc_unwind_ip", ~std::uint64_t{0});
    BOOST_TEST(refusal().find("that many no kernel has") != std::string::npos);
    kernel.forget("__start_orc_unwind");
    BOOST_TEST(refusal().find("name no ORC tables") != std::string::npos);
}

// Without the saved stack pointer: of two places that a switch has left, the one whose calls are of what they called.
BOOST_DATA_TEST_CASE(a_stack_that_is_searched_for, bdata::make({false, true}), twice) {
    StackKernel kernel;
    const auto schedule = kernel.calls("__schedule", 8);
    const auto switches = kernel.calls("__switch_to_asm", 8);
    const auto other = kernel.calls("other", 8);
    const auto waits = kernel.calls("waits", 8);
    const auto begins = kernel.ends("begins");
    const std::uint64_t behind = kernel.call(schedule + 10, switches);
    const std::uint64_t behind_schedule = kernel.call(waits + 3, schedule),
                        behind_other = kernel.call(waits + 20, other);
    kernel.name("__schedule", schedule);
    kernel.name("__switch_to_asm", switches);
    kernel.stack = kernel.make_bytes(16384);
    kernel.set(kernel.task, "task_struct", "stack", kernel.stack);
    kernel.leave(8000, behind, behind_other, begins + 1);
    kernel.leave(12000, behind, behind_schedule, begins + 1);
    kernel.leave(15000, behind, twice ? behind_schedule : behind_other, begins + 1);
    kernel.leave(9000, behind, 0x1234, begins + 1);  // leads nowhere
    Read read(kernel);
    const KernelStack stack = read.reader->searched(read.task);
    BOOST_TEST(read.text(stack) ==
               (twice ? "its stack is not in the dump" : "?__schedule+0xf ?waits+0x8 ?begins+0x1 nobody has called"));
    if (!twice) BOOST_TEST(stack.sp == kernel.stack + 12000);
}

BOOST_AUTO_TEST_SUITE_END()
