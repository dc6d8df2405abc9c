// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/kernel_image.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "tests/support/rings/ring_image.hpp"

namespace kstrax::test {

namespace {

// In the image, from its start. All are multiples of the largest page size.
constexpr std::uint64_t kDirectory = 0x6d0000;
constexpr std::uint64_t kUts = 0x790000;
constexpr std::uint64_t kPointers = 0x7a0000;
constexpr std::uint64_t kImageSize = 0x800000;

constexpr std::uint64_t kX86KernelMap = 0xffffffff80000000;
constexpr std::uint64_t kX86Text = 0x1000000;  // of the image, from there
constexpr std::uint64_t kIa64Region5 = 0xa000000000000000;
constexpr std::uint64_t kIa64Region7 = 0xe000000000000000;
constexpr std::uint64_t kIa64Image = kIa64Region5 + 0x100000000;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace

/// The addresses of an architecture's kernel, what it tells of itself, and how it fills page-table entries.
struct KernelRow {
    std::string_view architecture;
    std::string_view name;  // as uname has it
    std::uint64_t load;
    std::uint64_t table_base;  // what the tables' addresses count from
    EntryBits (*bits)(const TableForm& form);
    std::size_t prstatus_size;
    std::uint64_t (*image)(const Script& script, std::uint64_t load);
    std::uint64_t (*direct)(const Script& script);
    std::uint64_t (*vmalloc)(const Script& script, std::uint64_t memory_size);
    std::string (*more_vmcoreinfo)(const Script& script, std::uint64_t load);
    /// p_vaddr of memory; null: 0, as QEMU writes it.
    std::uint64_t (*segment)(PhysAddr at, std::uint64_t load);
};

namespace {

/// The upper end of the addresses has so many bits; of the image's, at most 48.
std::uint64_t upper_half(unsigned bits) { return ~std::uint64_t{0} << bits; }
std::uint64_t arm64_image(const Script& script, std::uint64_t load) {
    return upper_half(std::min(script.kernel.tables->reach(), 48U) - 1) + (1 << 30) + load + script.kernel.kaslr;
}

bool five_levels(const Script& script) { return script.kernel.tables->level_count == 5; }

// The entries' bits: as Debian's 6.1 kernels and the IA-64 kernels of tests/fixtures have them.
constexpr std::array kRows{
    KernelRow{.architecture = "x86_64",
              .name = "x86_64",
              .load = 0x1000000,
              .table_base = 0,
              .bits =
                  [](const TableForm&) {
                      return EntryBits{0x067, 0x8000000000000163};
                  },
              .prstatus_size = 336,
              .image = [](const Script& s, std::uint64_t) { return kX86KernelMap + kX86Text + s.kernel.kaslr; },
              .direct = [](const Script& s) { return five_levels(s) ? 0xff11000000000000 : 0xffff888000000000; },
              .vmalloc = [](const Script& s,
                            std::uint64_t) { return five_levels(s) ? 0xffa0000000000000 : 0xffffc90000000000; },
              .more_vmcoreinfo =
                  [](const Script& s, std::uint64_t load) {
                      return fmt::format(
                          "NUMBER(phys_base)={}\nNUMBER(pgtable_l5_enabled)={}\nKERNELOFFSET={:x}\nNUMBER(sme_mask)"
                          "={}\n",
                          static_cast<std::int64_t>(load - kX86Text - s.kernel.kaslr), int{five_levels(s)},
                          s.kernel.kaslr, s.kernel.sme_mask);
                  },
              .segment = nullptr},
    KernelRow{.architecture = "arm64",
              .name = "aarch64",
              .load = 0x1000000,
              .table_base = 0,
              .bits =
                  [](const TableForm& form) {  // shareable, where the bits of that are not an address's
                      const bool high = form.levels[0].rule.high == bits(8, 9);
                      return EntryBits{0, high ? 0x0040000000000400U : 0x0040000000000700U};
                  },
              .prstatus_size = 392,
              .image = arm64_image,
              .direct = [](const Script& s) { return upper_half(s.kernel.tables->reach()); },
              .vmalloc =
                  [](const Script& s, std::uint64_t) {
                      const unsigned reach = s.kernel.tables->reach();
                      return upper_half(reach) + (std::uint64_t{1} << (reach - 2));
                  },
              .more_vmcoreinfo =
                  [](const Script& s, std::uint64_t load) {
                      const unsigned reach = s.kernel.tables->reach();
                      return fmt::format(
                          "NUMBER(VA_BITS)={}\nNUMBER(kimage_voffset)=0x{:x}\nNUMBER(TCR_EL1_T1SZ)=0x{:x}\n", reach,
                          arm64_image(s, load) - load, 64 - reach);
                  },
              .segment = nullptr},
    KernelRow{.architecture = "ia32",
              .name = "i686",
              .load = 0x1000000,
              .table_base = 0,
              .bits =
                  [](const TableForm& form) {  // global only where user and kernel share their tables
                      return EntryBits{0x067, form.name == "PAE" ? 0x8000000000000063 : 0x163};
                  },
              .prstatus_size = 144,
              .image = [](const Script& s, std::uint64_t load) { return s.kernel.page_offset + load; },
              .direct = [](const Script& s) { return s.kernel.page_offset; },
              .vmalloc = [](const Script& s,
                            std::uint64_t size) { return s.kernel.page_offset + round_up(size, 1 << 22) + (8 << 20); },
              .more_vmcoreinfo =
                  [](const Script& s, std::uint64_t) {
                      return std::string(s.kernel.tables->name == "PAE" ? "CONFIG_X86_PAE=y\n" : "");
                  },
              .segment = nullptr},
    KernelRow{.architecture = "ia64",
              .name = "ia64",
              .load = 0x4000000,
              .table_base = kIa64Region5,
              .bits =
                  [](const TableForm&) {
                      return EntryBits{0, 0x0010000000000661};
                  },
              .prstatus_size = 1144,
              .image = [](const Script&, std::uint64_t) { return kIa64Image; },
              .direct = [](const Script&) { return kIa64Region7; },
              .vmalloc = [](const Script&, std::uint64_t) { return kIa64Region5 + 0x200000000; },
              .more_vmcoreinfo =
                  [](const Script& s, std::uint64_t) {
                      return fmt::format("CONFIG_PGTABLE_{}=y\n", int{s.kernel.tables->level_count});
                  },
              .segment =
                  [](PhysAddr at, std::uint64_t load) {
                      const bool image = at.value >= load && at.value < load + kImageSize;
                      return image ? at.value - load + kIa64Image : at.value + kIa64Region7;
                  }},
};

const KernelRow& row_of(const Script& script) {
    const Architecture* architecture = architecture_of_audit(script.facts.audit_arch);
    return *std::find_if(kRows.begin(), kRows.end(),
                         [&](const KernelRow& row) { return row.architecture == architecture->name; });
}

std::uint64_t load_of(const Script& script) {
    return script.kernel.load != 0 ? script.kernel.load : row_of(script).load;
}

/// The registers of each CPU, as it were: their place, in the architecture's size.
std::string cpu_notes(const Script& script) {
    std::string notes;
    for (std::size_t i = 0; i < script.cpus.size(); ++i)
        notes += elf_note("CORE", std::string(row_of(script).prstatus_size, '\0'), NT_PRSTATUS);
    return notes;
}

}  // namespace

std::uint64_t frames_of_kernel(const Script& script) {
    if (script.kernel.tables == nullptr) return 0;
    std::uint64_t rings = 0;
    for (std::size_t i = 0; i < script.cpus.size(); ++i)
        rings += script.facts.entries_per_cpu * script.facts.entry_size;
    return (load_of(script) + kImageSize + 4 * rings) >> script.facts.page_shift;
}

Kernel::Kernel(Script& script, Memory& memory) : script_(script), memory_(memory) {
    if (script.kernel.tables == nullptr) return;
    row_ = &row_of(script);
    load_ = load_of(script);
    image_ = row_->image(script, load_);
    direct_ = row_->direct(script);
    const std::string zeros(static_cast<std::size_t>(memory.page_size()), '\0');
    for (const std::uint64_t page : {std::uint64_t{0}, kDirectory, kUts, kPointers})
        memory.write({load_ + page}, as_bytes(zeros));
    facts_.root = {load_ + kDirectory};
    tables_.emplace(memory, *script.kernel.tables, facts_.root, row_->bits(*script.kernel.tables),
                    script.kernel.sme_mask);

    std::uint64_t next = row_->vmalloc(script, memory.size());
    for (ScriptCpu& cpu : script.cpus) {
        if (cpu.ring_virt != 0) continue;
        cpu.ring_virt = next;
        const std::uint64_t size = script.facts.entries_per_cpu * script.facts.entry_size;
        next += round_up(size, memory.page_size()) + memory.page_size();  // a page that guards it
    }
    map_memory();
    describe();
}

/// Image and direct mapping, in the largest pages but those of 1 GiB; IA-64 needs no tables for either.
void Kernel::map_memory() {
    const TableForm& form = *script_.kernel.tables;
    const std::size_t level = form.level_count - std::size_t{2};
    if (form.levels[level].rule.large == 0 && form.levels[level].rule.table == 0) return;
    const std::uint64_t size = std::uint64_t{1} << form.levels[level].shift;
    for (std::uint64_t at = 0; at < memory_.size(); at += size) tables_->map_large(direct_ + at, {at}, level);
    if (image_ != direct_ + load_)
        for (std::uint64_t at = 0; at < kImageSize; at += size) tables_->map_large(image_ + at, {load_ + at}, level);
}

void Kernel::describe() {
    memory_.write({load_ + kUts}, as_bytes(std::string_view("Linux\0", 6)));
    std::string release(script_.facts.kernel_release, sizeof script_.facts.kernel_release);
    const std::string text = fmt::format(
        "OSRELEASE={}\nPAGESIZE={}\nSYMBOL(init_uts_ns)={:x}\nSYMBOL(swapper_pg_dir)={:x}\n"
        "SYMBOL(_stext)={:x}\n{}",
        release.c_str(), memory_.page_size(), image_ + kUts, image_ + kDirectory, image_,
        row_->more_vmcoreinfo(script_, load_));
    memory_.write(memory_.take(), as_bytes(text));

    const Architecture& architecture = *architecture_of_audit(script_.facts.audit_arch);
    facts_.name = row_->name;
    facts_.word_size = architecture.word_size;
    facts_.elf.machine = architecture.machine;
    facts_.elf.notes = cpu_notes(script_);
    if (script_.kernel.in_headers) facts_.elf.vmcoreinfo = text;
    if (row_->segment != nullptr)
        facts_.elf.virt = [row = row_, load = load_](PhysAddr at) { return row->segment(at, load); };

    facts_.symbols = fmt::format("{:x} T _stext\n{:x} D swapper_pg_dir\n{:x} D init_uts_ns\n", image_,
                                 image_ + kDirectory, image_ + kUts);
    if (script_.kernel.pointers.empty()) return;
    facts_.symbols += fmt::format("{:x} d {}\n", image_ + kPointers, script_.kernel.pointers);
    for (std::size_t i = 0; i < script_.cpus.size(); ++i) {
        const std::uint64_t ring = script_.cpus[i].ring_virt;
        memory_.write({load_ + kPointers + i * facts_.word_size}, bytes_of(ring).first(facts_.word_size));
    }
}

void Kernel::place(const RingPlaces& places) {
    if (row_ == nullptr) return;
    script_.anchor_virt = direct_ + places.anchor.value;
    memory_.put(KSTRAX_TEST_AT(places.anchor, kstrax_anchor, virt_addr), script_.anchor_virt);
    seal_anchor(memory_, places.anchor);
    for (std::size_t i = 0; i < script_.cpus.size(); ++i) {
        const ScriptCpu& cpu = script_.cpus[i];
        for (std::size_t page = 0; page < places.cpus[i].pages.size(); ++page)
            if (std::find(cpu.unmapped.begin(), cpu.unmapped.end(), page) == cpu.unmapped.end())
                tables_->map(cpu.ring_virt + page * memory_.page_size() - row_->table_base, places.cpus[i].pages[page]);
    }
}

}  // namespace kstrax::test
