// SPDX-License-Identifier: GPL-2.0-or-later
// Finding a kernel's address space: from VMCOREINFO, from memory, from QEMU's notes.
#include "analyzer/address/kernel_space.hpp"

#include <elf.h>
#include <fmt/core.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/arch/vmcoreinfo.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "tests/support/kernel/page_tables.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

/// Memory that says what dumps say of the machine.
class Machine final : public MemorySource {
  public:
    Machine(const Memory& memory, std::uint16_t machine) : view_(memory), machine_(machine) {}
    [[nodiscard]] std::string_view format() const override { return "test machine"; }
    [[nodiscard]] std::uint64_t page_size() const override { return view_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return view_.memory_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return view_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override { return view_.scan(visit); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return text; }
    [[nodiscard]] std::uint16_t machine() const override { return machine_; }
    [[nodiscard]] std::span<const Segment> segments() const override { return ranges; }
    [[nodiscard]] std::span<const Note> notes() const override { return cpu_notes; }

    std::string text;
    std::vector<Segment> ranges;
    std::vector<Note> cpu_notes;

  private:
    MemoryView view_;
    std::uint16_t machine_;
};

Note qemu_note(std::uint16_t cs, std::uint64_t cr3, std::uint64_t cr4) {
    std::vector<std::byte> state(440);
    const auto put = [&](std::size_t at, std::uint64_t value) { std::memcpy(state.data() + at, &value, 8); };
    put(0x98, cs);
    put(0x188, 0x80050033);
    put(0x1a0, cr3);
    put(0x1a8, cr4);
    return {"QEMU", 0, state};
}

const TableForm& form_named(std::string_view architecture, std::string_view name) {
    return *find_form(*architecture_named(architecture), name);
}

/// A 32-bit kernel whose page directory maps itself and one page of a module.
struct Ia32Kernel {
    Ia32Kernel(bool pae, std::uint64_t page_offset)
        : memory(4096), tables(memory, form_named("ia32", pae ? "PAE" : "2 levels")), page(memory.take()) {
        const std::uint64_t directory = page_offset + tables.root().value;
        tables.map(directory, tables.root());
        tables.map(0xf8001000, page);
        text = fmt::format("OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)={:x}\n{}", directory,
                           pae ? "CONFIG_X86_PAE=y\n" : "");
    }
    Memory memory;
    TableBuilder tables;
    PhysAddr page;
    std::string text;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_space)

BOOST_AUTO_TEST_CASE(vmcoreinfo_values) {
    const Vmcoreinfo info(
        "OSRELEASE=6.1\nSYMBOL(a)=ffffffff81000000\nNUMBER(phys_base)=-4096\nKERNELOFFSET=2a000000\n"
        "CONFIG_X86_PAE=y\nPAGESIZE=4096\nSYMBOL(bad)=xyz\nX=\nlast=1");
    BOOST_TEST(*info.symbol("a") == 0xffffffff81000000U);
    BOOST_TEST(*Vmcoreinfo("NUMBER(kimage_voffset)=0xffffa2e1c6800000\n").number("kimage_voffset") ==
               0xffffa2e1c6800000);
    BOOST_TEST(*info.number("phys_base") == ~std::uint64_t{0} - 4095);
    BOOST_TEST(*info.hexadecimal("KERNELOFFSET") == 0x2a000000U);
    BOOST_TEST(*info.decimal("PAGESIZE") == 4096U);
    BOOST_TEST(*info.decimal("last") == 1U);
    BOOST_TEST(info.config("X86_PAE"));
    BOOST_TEST(!info.config("X86"));
    BOOST_TEST(!info.symbol("bad").has_value());
    BOOST_TEST(!info.decimal("X").has_value());
    BOOST_TEST(!info.symbol("phys_base").has_value());
}

const std::vector<std::uint64_t> kOffsets{0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000, 0xa1000000};

BOOST_DATA_TEST_CASE(ia32_finds_page_offset, bdata::make(kOffsets) * bdata::make({false, true}), offset, pae) {
    const Ia32Kernel kernel(pae, offset);
    Machine machine(kernel.memory, EM_386);
    auto space = KernelSpace::open(machine, kernel.text);
    BOOST_TEST_REQUIRE(space.ok());
    BOOST_TEST(space->tables().root.value == kernel.tables.root().value);
    BOOST_TEST(space->description().find(fmt::format("PAGE_OFFSET {:#x}", offset)) != std::string::npos);
    BOOST_TEST(space->translate({0xf8001234}).phys->value == kernel.page.value + 0x234);
    BOOST_TEST(!space->translate({0x1f8001234}).phys.has_value());
    BOOST_TEST(!space->translate({0xf8002000}).phys.has_value());
}

BOOST_AUTO_TEST_CASE(ia32_with_no_page_offset_that_fits) {
    Ia32Kernel kernel(true, 0xc0000000);
    Machine machine(kernel.memory, EM_386);
    kernel.text = "PAGESIZE=4096\nCONFIG_X86_PAE=y\nSYMBOL(swapper_pg_dir)=c0123000\n";
    const auto space = KernelSpace::open(machine, kernel.text);
    BOOST_TEST_REQUIRE(!space.ok());
    BOOST_TEST((space.error().code == ErrorCode::Corrupt));
}

BOOST_AUTO_TEST_CASE(an_image_that_does_not_name_its_architecture) {
    const Ia32Kernel kernel(false, 0xc0000000);
    Machine machine(kernel.memory, EM_NONE);
    const auto space = KernelSpace::open(machine, kernel.text);
    BOOST_TEST_REQUIRE(space.ok());
    BOOST_TEST(space->architecture().name == "ia32");
    const auto nothing = KernelSpace::open(machine, "");
    BOOST_TEST_REQUIRE(!nothing.ok());
    BOOST_TEST((nothing.error().code == ErrorCode::NotFound));
    Machine other(kernel.memory, EM_PPC64);
    BOOST_TEST_REQUIRE(!KernelSpace::open(other, kernel.text).ok());
    BOOST_TEST((KernelSpace::open(other, kernel.text).error().code == ErrorCode::Unsupported));
}

BOOST_DATA_TEST_CASE(x86_64_by_vmcoreinfo_and_by_note, bdata::make({false, true}), five) {
    const TableForm& form = form_named("x86_64", five ? "5 levels" : "4 levels");
    Memory memory(4096);
    TableBuilder tables(memory, form);
    const PhysAddr page = memory.take();
    const std::uint64_t phys_base = 0x1000;
    const std::uint64_t directory = 0xffffffff80000000 + tables.root().value - phys_base;
    tables.map(directory, tables.root());
    tables.map(0xffffc90000001000, page);
    const std::string text = fmt::format(
        "PAGESIZE=4096\nSYMBOL(swapper_pg_dir)={:x}\nNUMBER(phys_base)={}\n"
        "NUMBER(pgtable_l5_enabled)={}\nNUMBER(sme_mask)=0\n",
        directory, phys_base, int{five});
    Machine machine(memory, EM_X86_64);
    auto by_text = KernelSpace::open(machine, text);
    BOOST_TEST_REQUIRE(by_text.ok());
    BOOST_TEST(by_text->tables().form == &form);
    BOOST_TEST(by_text->translate({0xffffc90000001010}).phys->value == page.value + 0x10);

    const std::uint64_t cr4 = 0x20 | (five ? 0x1000 : 0);
    machine.cpu_notes = {qemu_note(0x33, 0x5000, cr4), qemu_note(0x10, tables.root().value | 0x7, cr4)};
    auto by_note = KernelSpace::open(machine, "");
    BOOST_TEST_REQUIRE(by_note.ok());
    BOOST_TEST(by_note->tables().root.value == tables.root().value);
    BOOST_TEST(by_note->translate({0xffffc90000001010}).phys->value == page.value + 0x10);
    machine.cpu_notes.pop_back();  // the other is in user mode: its tables may lack the kernel
    BOOST_TEST(!KernelSpace::open(machine, "").ok());
}

// A lie that moves the root by some bytes: nothing is read through it, and the message says what is wrong.
BOOST_AUTO_TEST_CASE(page_tables_that_are_not_aligned) {
    const Ia32Kernel kernel(true, 0xc0000000);
    Machine machine(kernel.memory, EM_386);
    const std::uint64_t directory = 0xc0000000 + kernel.tables.root().value;
    const auto ia32 =
        KernelSpace::open(machine, fmt::format("CONFIG_X86_PAE=y\nSYMBOL(swapper_pg_dir)={:x}\n", directory + 8));
    BOOST_TEST_REQUIRE(!ia32.ok());
    BOOST_TEST((ia32.error().code == ErrorCode::Corrupt));

    Memory memory(16384);
    Machine other(memory, EM_IA_64);
    const auto ia64 =
        KernelSpace::open(other, "PAGESIZE=16384\nCONFIG_PGTABLE_4=y\nSYMBOL(swapper_pg_dir)=a000000100684ffc\n");
    BOOST_TEST_REQUIRE(!ia64.ok());
    BOOST_TEST((ia64.error().code == ErrorCode::Corrupt));
    BOOST_TEST(ia64.error().message.find("0x4684ffc") != std::string::npos);
}

// What stands in memory may be a dead kernel's: the one that proves right counts.
BOOST_AUTO_TEST_CASE(a_stale_text_in_memory_is_passed_over) {
    Ia32Kernel kernel(true, 0xc0000000);
    std::vector<PhysAddr> pages{kernel.memory.take(), kernel.memory.take()};
    std::sort(pages.begin(), pages.end());
    const std::string stale = "OSRELEASE=5.0\nPAGESIZE=4096\nCONFIG_X86_PAE=y\nSYMBOL(swapper_pg_dir)=c0fff000\n";
    kernel.memory.write(pages[0], as_bytes(stale));
    kernel.memory.write(pages[1], as_bytes(kernel.text));
    Machine machine(kernel.memory, EM_386);
    auto space = find_kernel_space(machine, nullptr);
    BOOST_TEST_REQUIRE(space.ok());
    BOOST_TEST(space->translate({0xf8001000}).phys->value == kernel.page.value);
}

// A header that names no machine: the registers of a CPU do.
BOOST_AUTO_TEST_CASE(the_size_of_registers_tells_the_machine) {
    const auto machine = [](std::string name, std::uint32_t type, std::size_t size) {
        const Note notes[] = {{"QEMU", 0, std::vector<std::byte>(440)},
                              {std::move(name), type, std::vector<std::byte>(size)}};
        return machine_of_notes(notes);
    };
    BOOST_TEST(machine("CORE", NT_PRSTATUS, 336) == EM_X86_64);
    BOOST_TEST(machine("CORE", NT_PRSTATUS, 144) == EM_386);
    BOOST_TEST(machine("CORE", NT_PRSTATUS, 392) == EM_AARCH64);
    BOOST_TEST(machine("CORE", NT_PRSTATUS, 0) == 0);
    BOOST_TEST(machine("CORE", NT_PRSTATUS, 500) == 0);
    BOOST_TEST(machine("CORE", NT_PRPSINFO, 336) == 0);
    BOOST_TEST(machine("LINUX", NT_PRSTATUS, 336) == 0);
}

BOOST_AUTO_TEST_CASE(ia64_phys_start_is_found) {
    Memory memory(16384, 65536);
    const std::uint64_t start = 192 << 20;
    memory.write({start + 0x1000}, as_bytes(std::string_view("Linux\0", 6)));
    Machine machine(memory, EM_IA_64);
    const std::string text =
        "PAGESIZE=16384\nCONFIG_PGTABLE_4=y\nSYMBOL(swapper_pg_dir)=a000000100684000\n"
        "SYMBOL(_stext)=a000000100000000\nSYMBOL(init_uts_ns)=a000000100001000\n";
    const auto root = [&] { return KernelSpace::open(machine, text)->tables().root.value; };
    BOOST_TEST(root() == start + 0x684000);
    // A segment of the image says it better, and _stext's best.
    machine.ranges = {{{0xe000000000000000}, {0}, 16384}, {{0xa000000100684000}, {0x14684000}, 16384}};
    BOOST_TEST(root() == 0x14684000U);
    machine.ranges.push_back({{0xa000000100000000}, {0x18000000}, 4096});
    BOOST_TEST(root() == 0x18684000U);
    machine.ranges.clear();
    memory.drop({start + 0x1000});
    BOOST_TEST(root() == 0x4684000U);
    BOOST_TEST(KernelSpace::open(machine, text)->description().find("assumed") != std::string::npos);
    BOOST_TEST((KernelSpace::open(machine, "PAGESIZE=32768\nSYMBOL(swapper_pg_dir)=a000000100684000\n").error().code ==
                ErrorCode::Unsupported));
}

BOOST_AUTO_TEST_CASE(reading_crosses_pages_that_lie_apart) {
    Ia32Kernel kernel(true, 0xc0000000);
    const PhysAddr next = kernel.memory.take();
    kernel.tables.map(0xf8002000, next);
    kernel.memory.write(kernel.page + 4094, as_bytes("ab"));
    kernel.memory.write(next, as_bytes("cd"));
    Machine machine(kernel.memory, EM_386);
    auto space = KernelSpace::open(machine, kernel.text);
    std::array<std::byte, 4> bytes{};
    BOOST_TEST_REQUIRE(space->read({0xf8001ffe}, bytes).ok());
    BOOST_TEST(as_text(bytes) == "abcd");
    const auto beyond = space->read({0xf8002ffe}, bytes);
    BOOST_TEST_REQUIRE(!beyond.ok());
    BOOST_TEST(*beyond.error().address == 0xf8003000U);
}

BOOST_AUTO_TEST_SUITE_END()
