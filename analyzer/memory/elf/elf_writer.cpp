// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/elf/elf_writer.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

namespace {

struct Form64 {
    using Header = Elf64_Ehdr;
    using Segment = Elf64_Phdr;
    static constexpr unsigned char kClass = ELFCLASS64;
};
struct Form32 {
    using Header = Elf32_Ehdr;
    using Segment = Elf32_Phdr;
    static constexpr unsigned char kClass = ELFCLASS32;
};
constexpr std::uint64_t kReachOf32 = std::uint64_t{1} << 32;

constexpr std::string_view kNoteName("VMCOREINFO\0\0", 12);  // 11 bytes with NUL, padded to 4

/// Memory in one piece: whole pages, or the part of a page that the source has.
struct Run {
    PhysAddr first;
    std::uint64_t size;
    std::uint64_t virt;  // 0: the source does not say
    [[nodiscard]] bool continues_with(const Run& next) const {
        return first + size == next.first && (virt == 0 ? next.virt == 0 : next.virt == virt + size);
    }
};

/// The virtual address that the source gives to memory; 0 if none.
std::uint64_t virtual_address(const MemorySource& source, PhysAddr at) {
    for (const Segment& segment : source.segments()) {
        const std::uint64_t offset = at.value - segment.phys.value;
        if (at >= segment.phys && offset < segment.size) return segment.virt.value + offset;
    }
    return 0;
}

bool has_byte(const MemorySource& source, PhysAddr at) {
    std::byte byte{};
    return source.read(at, MutableBytes(&byte, 1)).ok();
}

/// The part of a page that exists: all of it, or only its start or its end (because the
/// dump is cut off, or a segment does not begin at a page).
Run part_of_page(const MemorySource& source, PhysAddr page) {
    const bool start = has_byte(source, page);
    std::uint64_t there = 0, gone = kSmallestPage;  // bytes from that end
    if (start && has_byte(source, page + (kSmallestPage - 1))) there = kSmallestPage;
    else
        while (gone - there > 1) {
            const std::uint64_t middle = (there + gone) / 2;
            (has_byte(source, page + (start ? middle - 1 : kSmallestPage - middle)) ? there : gone) = middle;
        }
    const PhysAddr first = start ? page : page + (kSmallestPage - there);
    return {first, there, virtual_address(source, first)};
}

std::vector<Run> runs_of(const MemorySource& source, std::span<const std::uint64_t> pages) {
    std::vector<Run> runs;
    for (const std::uint64_t page : pages) {
        const Run next = part_of_page(source, {page * kSmallestPage});
        if (next.size == 0) continue;
        if (!runs.empty() && runs.back().continues_with(next)) runs.back().size += next.size;
        else runs.push_back(next);
    }
    return runs;
}

std::string note(std::string_view vmcoreinfo) {
    if (vmcoreinfo.empty()) return {};
    const Elf64_Nhdr header{11, static_cast<Elf64_Word>(vmcoreinfo.size()), 0};
    std::string text(as_text(bytes_of(header)));
    text.append(kNoteName).append(vmcoreinfo);
    text.resize((text.size() + 3) / 4 * 4);
    return text;
}

/// Whole pages.
std::uint64_t rounded(std::uint64_t size) { return (size + kSmallestPage - 1) / kSmallestPage * kSmallestPage; }

/// Whether 32-bit headers can name them all.
bool fits_32_bits(std::span<const Run> runs, std::uint64_t notes) {
    std::uint64_t offset = rounded(sizeof(Elf32_Ehdr) + (runs.size() + 1) * sizeof(Elf32_Phdr) + notes);
    for (const Run& run : runs) {
        if (run.first.value + run.size > kReachOf32 || run.virt >= kReachOf32) return false;
        offset += run.size;
    }
    return offset < kReachOf32;
}

/// All that stands before the pages.
template <typename Form>
std::string head_of(std::span<const Run> runs, std::string_view notes, std::uint16_t machine) {
    using Segment = typename Form::Segment;
    const std::uint64_t headers = runs.size() + 1;
    typename Form::Header header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = Form::kClass;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_CORE;
    header.e_machine = machine;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Segment);
    header.e_phnum = static_cast<Elf64_Half>(headers);
    std::string head(as_text(bytes_of(header)));

    std::uint64_t offset = sizeof header + headers * sizeof(Segment);
    Segment segment{};
    segment.p_type = PT_NOTE;
    segment.p_offset = static_cast<decltype(segment.p_offset)>(offset);
    segment.p_filesz = static_cast<decltype(segment.p_filesz)>(notes.size());
    head.append(as_text(bytes_of(segment)));
    offset = rounded(offset + notes.size());
    for (const Run& run : runs) {
        segment = {};
        segment.p_type = PT_LOAD;
        segment.p_offset = static_cast<decltype(segment.p_offset)>(offset);
        segment.p_paddr = static_cast<decltype(segment.p_paddr)>(run.first.value);
        segment.p_vaddr = static_cast<decltype(segment.p_vaddr)>(run.virt);
        segment.p_filesz = segment.p_memsz = static_cast<decltype(segment.p_filesz)>(run.size);
        head.append(as_text(bytes_of(segment)));
        offset += run.size;
    }
    head.append(notes);
    head.resize(static_cast<std::size_t>(rounded(head.size())));
    return head;
}

}  // namespace

Result<bool> write_elf_core(const MemorySource& source, std::span<const std::uint64_t> pages,
                            std::string_view vmcoreinfo, std::uint16_t machine, Output& output) {
    const std::vector<Run> runs = runs_of(source, pages);
    const std::string notes = note(vmcoreinfo);
    if (runs.size() + 1 >= PN_XNUM)
        return Error{ErrorCode::Unsupported,
                     "the pages to excerpt lie in over 65533 places; an ELF core cannot name them"};
    const Architecture* architecture = architecture_of_machine(machine);
    const bool narrow = architecture != nullptr && architecture->word_size == sizeof(std::uint32_t);
    const bool fits = !narrow || fits_32_bits(runs, notes.size());
    (void)output.write(narrow && fits ? head_of<Form32>(runs, notes, machine) : head_of<Form64>(runs, notes, machine));

    std::vector<std::byte> page(kSmallestPage);
    for (const Run& run : runs)
        for (std::uint64_t done = 0; done < run.size; done += kSmallestPage) {
            const auto part =
                MutableBytes(page).first(static_cast<std::size_t>(std::min(kSmallestPage, run.size - done)));
            if (const auto read = source.read(run.first + done, part); !read) return read.error();
            if (const auto written = output.write(as_text(part)); !written) return written.error();
        }
    return fits;
}

}  // namespace kstrax
