// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel stacks by frame records, of a task that waits in a handler of an exception, and of a CPU. An input is patches.
#include "analyzer/kernel/stack/kernel_stack.hpp"
#include "tests/fuzz/kernel/kernels.hpp"
#include "tests/support/kernel/record_kernel.hpp"

namespace kstrax::fuzz {

namespace {

constexpr std::size_t kMostFrames = 4096;

struct Base : test::RecordKernel {
    Base() : RecordKernel(true) {
        const auto schedule = function("__schedule"), switches = function("__switch_to"), waits = function("waits"),
                   enters = function("enters");
        name("__schedule", schedule);
        name("__switch_to", switches);
        leave(14000, call(schedule + 16, switches), call(waits + 8, schedule), call(enters + 8, waits));
        outer = record(12000, top + kRecord, enters + 12);
        sleep(switches + 4, exception(8000, waits, outer, enters + 12));
        known.emplace(types());
    }
    std::uint64_t outer = 0;
    std::optional<KernelTypes> known;
};

void run(Bytes bytes) {
    static const Base base;
    Input input(bytes);
    PatchedKernel kernel(base, input);
    if (!kernel.opened()) return;
    const KernelReader memory(*architecture_named("arm64"),
                              [&](std::uint64_t at, MutableBytes out) { return kernel.space().read({at}, out).ok(); });
    const FindMember member = base.known->finder();
    CodeNames names(memory, member, base.find(), base.nearest(), {});
    auto reader = StackReader::open(memory, member, base.find(), {}, names);
    if (!reader) return;
    KernelTask task;
    task.address = {base.task};
    const CpuRegisters registers{.ip = base.text, .sp = base.outer, .bp = base.outer, .link = base.text + 4};
    for (const KernelStack& stack : {reader->of(task), reader->of(task, registers), reader->searched(task)}) {
        require(!stack_end_text(stack.end).empty(), "a stack says how it ends");
        require(stack.frames.size() <= kMostFrames, "a stack has an end");
        for (const StackFrame& frame : stack.frames) {
            const CodePlace* place = frame.interrupted ? names.at(frame.code) : names.of_return(frame.code);
            if (place != nullptr) require(!place->text(frame.code).empty(), "a place has a text");
        }
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all{""};
    for (std::uint8_t page = 0; page < 10; ++page)
        for (const std::uint16_t at : std::initializer_list<std::uint16_t>{0, 128, 3808, 4048})
            all.push_back(patch_of(page, at, std::string(16, '\x01')));
    return all;
}

}  // namespace

extern const Target kFrameRecords;
const Target kFrameRecords{"frame-records", 512, run, seeds};

}  // namespace kstrax::fuzz
