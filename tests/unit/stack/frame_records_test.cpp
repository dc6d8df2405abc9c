// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel stacks by frame records, as arm64's kernels keep them, and where they lead astray.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "analyzer/kernel/stack/kernel_stack.hpp"
#include "tests/support/kernel/record_kernel.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kStack = RecordKernel::kStack, kRecord = RecordKernel::kRecord;
constexpr std::uint64_t kKernelMode = RecordKernel::kKernelMode, kUserMode = RecordKernel::kUserMode;
constexpr std::uint64_t kSignature = 0x005a000000000000;  // bits that an address of the kernel's has ones in

struct Read {
    explicit Read(RecordKernel& kernel) : space(kernel.space()), types(kernel.types()) {
        const KernelReader memory(*architecture_named("arm64"),
                                  [this](std::uint64_t at, MutableBytes out) { return space.read({at}, out).ok(); });
        names.emplace(memory, types.finder(), kernel.find(), kernel.nearest(), std::vector<KernelModule>());
        auto opened = StackReader::open(memory, types.finder(), kernel.find(), {}, *names);
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

BOOST_AUTO_TEST_SUITE(frame_records)

BOOST_DATA_TEST_CASE(from_where_it_sleeps_to_user_mode, bdata::make({false, true}), marked) {
    RecordKernel kernel(marked);
    const auto switches = kernel.function("__switch_to"), waits = kernel.function("waits");
    const auto enters = kernel.function("enters");
    const auto outer = kernel.record(9000, kernel.top + kRecord, enters + 8);
    const auto inner = kernel.record(8000, outer, waits + 12);
    kernel.sleep(switches + 4, inner);
    Read read(kernel);
    BOOST_TEST(read.text() == "__switch_to+0x4 waits+0xc enters+0x8 from user mode");
    const KernelStack stack = read.reader->of(read.task);
    BOOST_TEST(stack.sp == inner);
    BOOST_TEST(stack.registers == kernel.top);
    BOOST_TEST(stack.frames[1].slot.value == inner + 8);
}

BOOST_DATA_TEST_CASE(a_kernel_thread_has_no_caller, bdata::make({false, true}), never_ran) {
    RecordKernel kernel;
    const auto switches = kernel.function("__switch_to"), begins = kernel.function("ret_from_fork");
    kernel.name("ret_from_fork", begins);
    kernel.last(kernel.top, kKernelMode);
    if (never_ran) kernel.sleep(begins, kernel.top + kRecord);
    else kernel.sleep(switches + 4, kernel.record(8000, kernel.top + kRecord, begins + 8));
    Read read(kernel);
    BOOST_TEST(read.text() == (never_ran ? "ret_from_fork+0x0 nobody has called"
                                         : "__switch_to+0x4 ret_from_fork+0x8 nobody has called"));
}

// The registers of an idle task are zeros: no user mode either.
BOOST_AUTO_TEST_CASE(an_idle_task_has_no_user_mode) {
    RecordKernel kernel;
    const auto idles = kernel.function("idles");
    kernel.last(kernel.top, kUserMode, 0);
    kernel.sleep(idles + 4, kernel.top + kRecord);
    Read read(kernel);
    BOOST_TEST(read.text() == "idles+0x4 nobody has called");
}

// Of a function without a record of its own, the caller is in a register; of another, a place in itself or what its
// record says, too.
BOOST_AUTO_TEST_CASE(through_an_exception) {
    for (const bool marked : {false, true}) {
        RecordKernel kernel(marked);
        const auto handles = kernel.function("handles"), works = kernel.function("works"),
                   enters = kernel.function("enters"), leaf = kernel.function("leaf");
        const auto outer = kernel.record(12000, kernel.top + kRecord, enters + 8);
        const auto through = [&](std::uint64_t pc, std::uint64_t link) {
            kernel.sleep(handles + 4, kernel.exception(8000, pc, outer, link));
            Read read(kernel);
            return read.text();
        };
        BOOST_TEST(through(works, works + 24) == "handles+0x4 works+0x0 enters+0x8 from user mode");
        BOOST_TEST(through(works + 20, enters + 8) == "handles+0x4 works+0x14 enters+0x8 from user mode");
        BOOST_TEST(through(leaf + 4, works + 24) == "handles+0x4 leaf+0x4 ?works+0x18 enters+0x8 from user mode");
        BOOST_TEST(through(leaf + 4, 0x1234) == "handles+0x4 leaf+0x4 enters+0x8 from user mode");
    }
}

BOOST_AUTO_TEST_CASE(from_a_cpus_registers) {
    RecordKernel kernel;
    const auto leaf = kernel.function("leaf"), works = kernel.function("works"), enters = kernel.function("enters");
    const auto outer = kernel.record(12000, kernel.top + kRecord, enters + 8);
    Read read(kernel);
    read.task.running_on = 0;
    const CpuRegisters registers{.ip = leaf, .sp = outer, .bp = outer, .link = works + 8};
    BOOST_TEST(read.text(read.reader->of(read.task, registers)) == "leaf+0x0 ?works+0x8 enters+0x8 from user mode");
    BOOST_TEST(read.text() == stack_end_text(StackEnd::NoRegisters));
}

BOOST_AUTO_TEST_CASE(addresses_with_a_signature) {
    RecordKernel kernel;
    const auto switches = kernel.function("__switch_to"), waits = kernel.function("waits");
    kernel.sleep(switches + 4, kernel.record(8000, kernel.top + kRecord, (waits + 12) & ~kSignature));
    Read read(kernel);
    BOOST_TEST(read.text() == "__switch_to+0x4 waits+0xc from user mode");
}

// The tracer knows a call by the record of its caller.
BOOST_AUTO_TEST_CASE(an_address_that_a_tracer_replaced) {
    RecordKernel kernel;
    const auto switches = kernel.function("__switch_to"), waits = kernel.function("waits");
    const auto handler = kernel.function("return_to_handler");
    kernel.name("return_to_handler", handler);
    const auto outer = kernel.record(9000, kernel.top + kRecord, waits + 16);
    kernel.sleep(switches + 4, kernel.record(8000, outer, handler));
    const std::uint64_t graph = kernel.make_bytes(4096);
    kernel.set(kernel.task, "task_struct", "ret_stack", graph);
    kernel.set(graph, "ftrace_ret_stack", "ret", waits + 12);
    kernel.set(graph, "ftrace_ret_stack", "retp", outer);
    Read read(kernel);
    BOOST_TEST(read.text() == "__switch_to+0x4 waits+0xc waits+0x10 from user mode");
    kernel.set(graph, "ftrace_ret_stack", "retp", outer + 16);
    BOOST_TEST(read.text() == "__switch_to+0x4 the kernel's tables do not lead on from here");
}

BOOST_AUTO_TEST_CASE(hostile_records_end) {
    RecordKernel kernel;
    const auto loops = kernel.function("loops");
    const auto own = kernel.stack + 8000;
    const auto said = [&](std::uint64_t next, std::uint64_t address) {
        kernel.sleep(loops + 4, kernel.record(8000, next, address));
        Read read(kernel);
        return read.text();
    };
    const std::string broken(stack_end_text(StackEnd::Broken));
    BOOST_TEST(said(own, loops + 8).find(broken) != std::string::npos);  // in a circle
    BOOST_TEST(said(own + 4, loops + 8) == "loops+0x4 loops+0x8 " + broken);
    BOOST_TEST(said(0x10, loops + 8) == "loops+0x4 loops+0x8 " + broken);
    BOOST_TEST(said(0, 0) == "loops+0x4 " + broken);  // no end of a stack
    for (std::uint64_t i = 0; i < 500; ++i) kernel.record(8000 + 16 * i, own + 16 * (i + 1), loops + 4);
    Read read(kernel);
    BOOST_TEST((read.reader->of(read.task).end == StackEnd::TooLong));
    BOOST_TEST(read.reader->of(read.task).frames.size() == 256U);
    kernel.drop(kernel.stack + 8000);
    BOOST_TEST(read.text() == stack_end_text(StackEnd::NotThere));
}

// Words of the stack, of the task and of the registers at random; a sanitizer watches, and every stack says how it ends.
BOOST_AUTO_TEST_CASE(random_words_end) {
    std::mt19937_64 random(17);
    RecordKernel kernel(true);
    const auto works = kernel.function("works"), enters = kernel.function("enters");
    const auto outer = kernel.record(12000, kernel.top + kRecord, enters + 8);
    kernel.sleep(works + 4, kernel.exception(8000, works, outer, enters + 8));
    const std::array<std::uint64_t, 8> values{0,         1,     kernel.stack, kernel.top + kRecord,
                                              works + 4, outer, ~kSignature,  kernel.task};
    const std::array<std::uint64_t, 5> places{kernel.stack + 8000, kernel.stack + 8200, kernel.stack + 12000,
                                              kernel.top + kRecord, kernel.task};
    for (int i = 0; i < 300; ++i) {
        for (int words = 0; words < 3; ++words) {
            const std::uint64_t at = places[random() % places.size()] + random() % 32 * 8;
            if (at + 8 <= kernel.stack + kStack || at >= kernel.task)
                kernel.put(at, random() % 4 != 0 ? values[random() % values.size()] + random() % 3 * 8 : random());
        }
        Read read(kernel);
        const CpuRegisters registers{
            .ip = works, .sp = outer, .bp = values[random() % values.size()], .link = random()};
        for (const KernelStack& stack :
             {read.reader->of(read.task), read.reader->of(read.task, registers), read.reader->searched(read.task)})
            BOOST_TEST_REQUIRE(stack.frames.size() <= 256U);
    }
}

// Without what a switch has saved: of two places that it has left, the one whose calls are of what they called.
BOOST_DATA_TEST_CASE(a_stack_that_is_searched_for, bdata::make({false, true}), twice) {
    RecordKernel kernel;
    const auto schedule = kernel.function("__schedule"), switches = kernel.function("__switch_to");
    const auto other = kernel.function("other"), waits = kernel.function("waits"), enters = kernel.function("enters");
    kernel.name("__schedule", schedule);
    kernel.name("__switch_to", switches);
    const auto behind = kernel.call(schedule + 16, switches), behind_schedule = kernel.call(waits + 8, schedule),
               behind_other = kernel.call(waits + 24, other), in_enters = kernel.call(enters + 8, waits);
    kernel.leave(8000, behind, behind_other, in_enters);
    kernel.leave(12000, behind, behind_schedule, in_enters);
    kernel.leave(14000, behind, twice ? behind_schedule : behind_other, in_enters);
    Read read(kernel);
    BOOST_TEST(read.text(read.reader->searched(read.task)) ==
               (twice ? "its stack is not in the dump" : "?__schedule+0x14 ?waits+0xc ?enters+0xc from user mode"));
}

BOOST_AUTO_TEST_SUITE_END()
