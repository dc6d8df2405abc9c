// SPDX-License-Identifier: GPL-2.0-or-later
// Whose registers a note holds: that of the CPU whose memory it lies in, or whose variables it names.
#include "analyzer/kernel/stack/cpu_registers.hpp"

#include <elf.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/task_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

const RegisterNote& form(std::string_view name) {
    const auto forms = architecture_named("x86_64")->register_notes;
    const auto found = std::ranges::find(forms, name, &RegisterNote::name);
    BOOST_TEST_REQUIRE((found != forms.end()));
    return *found;
}

Note qemu_note(std::uint64_t ip, std::uint64_t area, std::size_t size = 440) {
    Note note{.name = "QEMU", .type = 0, .descriptor = std::vector<std::byte>(440)};
    const auto put = [&](std::uint64_t at, std::uint64_t value) {
        std::ranges::copy(bytes_of(value), note.descriptor.begin() + static_cast<std::ptrdiff_t>(at));
    };
    put(form("QEMU").ip, ip);
    put(form("QEMU").areas[0], area);
    note.descriptor.resize(size);
    return note;
}

struct Read {
    std::vector<RunQueue> queues;
    std::map<CpuId, CpuRegisters> registers;
};
Read read(const TaskKernel& kernel, const std::vector<Note>& notes) {
    KernelSpace space = kernel.space();
    const KernelTypes types = kernel.types();
    auto queues = read_run_queues(KernelReader(space), types.finder(), kernel.find());
    BOOST_TEST_REQUIRE(queues.ok());
    auto registers = read_cpu_registers(KernelReader(space), types.finder(), kernel.find(), *queues, notes);
    return {std::move(*queues), std::move(registers)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpu_registers)

BOOST_AUTO_TEST_CASE(qemus_notes_name_the_area_of_their_cpu) {
    const TaskKernel kernel;
    const auto queues = read(kernel, {}).queues;
    // In the other order; and one of a CPU that this kernel does not have.
    const auto found = read(kernel, {qemu_note(0x11, queues[1].area), qemu_note(0x10, queues[0].area, 432),
                                     qemu_note(0x12, queues[1].area + 64)})
                           .registers;
    BOOST_TEST(found.size() == 2U);
    BOOST_TEST(found.at(0).ip == 0x10U);
    BOOST_TEST(found.at(1).ip == 0x11U);
    BOOST_TEST(!found.at(0).user_mode);
}

BOOST_AUTO_TEST_CASE(a_note_that_is_cut_off_says_nothing) {
    const TaskKernel kernel;
    const auto queues = read(kernel, {}).queues;
    BOOST_TEST(read(kernel, {qemu_note(0x10, queues[0].area, 280)}).registers.size() == 1U);
    BOOST_TEST(read(kernel, {qemu_note(0x10, queues[0].area, 64)}).registers.empty());
}

// What the kernel itself has saved is of the crash; QEMU's may be of the kernel that came after.
BOOST_AUTO_TEST_CASE(what_the_dying_kernel_left_counts_first) {
    TaskKernel kernel;
    const auto queues = read(kernel, {}).queues;
    constexpr std::uint64_t kNotes = 0x32000;  // where the buffers lie in the areas
    const std::uint64_t pointer = kernel.make_bytes(8);
    kernel.put(pointer, kNotes);
    kernel.name("crash_notes", pointer);
    const std::uint64_t buffer = kernel.make_bytes(512);
    kernel.put(pointer, buffer - queues[1].area);
    kernel.put(buffer, 5, 4);
    kernel.put(buffer + 4, 336, 4);
    kernel.put(buffer + 8, NT_PRSTATUS, 4);
    kernel.put_text(buffer + 12, "CORE");
    kernel.put(buffer + 20 + form("CORE").ip, 0x2222);
    kernel.put(buffer + 20 + form("CORE").mode, 0x33);
    const auto found = read(kernel, {qemu_note(0x11, queues[1].area), qemu_note(0x10, queues[0].area)}).registers;
    BOOST_TEST(found.at(1).ip == 0x2222U);
    BOOST_TEST(found.at(1).user_mode);
    BOOST_TEST(found.at(0).ip == 0x10U);
    kernel.put(buffer + 4, 0xffffffff, 4);
    BOOST_TEST(read(kernel, {}).registers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
