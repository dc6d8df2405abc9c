// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/dumps/elf_image.hpp"

namespace kstrax::test {

namespace {

void pad(std::string& bytes, std::size_t to) { bytes.resize((bytes.size() + to - 1) / to * to); }

/// As Elf32_… or Elf64_…: the same names, of another size.
template <typename Ehdr, typename Phdr, typename Shdr>
std::string write_core(const std::vector<ElfSegment>& segments, const ElfForm& form, unsigned char file_class) {
    Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = file_class;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_CORE;
    header.e_machine = form.machine;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof header;
    header.e_phoff = static_cast<decltype(header.e_phoff)>(form.headers_at);
    header.e_phentsize = sizeof(Phdr);
    header.e_phnum = form.many_headers ? PN_XNUM : static_cast<Elf64_Half>(segments.size());
    Shdr section{};
    section.sh_info = static_cast<Elf64_Word>(segments.size());
    if (form.many_headers) {
        header.e_shoff = sizeof header;
        header.e_shnum = 1;
        header.e_shentsize = sizeof section;
    }
    std::string file(as_text(bytes_of(header)));
    if (form.many_headers) file.append(as_text(bytes_of(section)));
    file.resize(form.headers_at);

    std::uint64_t offset = form.headers_at + segments.size() * sizeof(Phdr);
    for (const ElfSegment& from : segments) {
        using Word = decltype(Phdr::p_offset);
        Phdr segment{};
        segment.p_type = from.type;
        segment.p_offset = static_cast<Word>(offset);
        segment.p_vaddr = static_cast<Word>(from.virt);
        segment.p_paddr = static_cast<Word>(from.address);
        segment.p_filesz = segment.p_memsz = static_cast<Word>(from.announced.value_or(from.data.size()));
        file.append(as_text(bytes_of(segment)));
        offset += from.data.size();
    }
    for (const ElfSegment& from : segments) file.append(from.data);
    return file;
}

}  // namespace

std::string elf_note(std::string_view name, std::string_view descriptor, std::uint32_t type) {
    const Elf64_Nhdr header{static_cast<Elf64_Word>(name.size() + 1), static_cast<Elf64_Word>(descriptor.size()), type};
    std::string note(as_text(bytes_of(header)));
    note.append(name).push_back('\0');
    pad(note, 4);
    note.append(descriptor);
    pad(note, 4);
    return note;
}

std::string elf_core(const std::vector<ElfSegment>& segments, const ElfForm& form) {
    if (form.bits == 32) return write_core<Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr>(segments, form, ELFCLASS32);
    return write_core<Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr>(segments, form, ELFCLASS64);
}

std::string elf_core(const Memory& memory, const ElfForm& form) {
    std::vector<ElfSegment> segments;
    std::string notes = form.notes;
    if (!form.vmcoreinfo.empty()) notes += elf_note("VMCOREINFO", form.vmcoreinfo);
    if (!notes.empty()) segments.push_back({.type = PT_NOTE, .address = 0, .data = notes});
    ElfSegment end;  // where a segment that goes on would
    for (const auto& [frame, page] : memory.pages()) {
        const PhysAddr at{frame * memory.page_size()};
        const std::uint64_t virt = form.virt ? form.virt(at) : 0;
        if (segments.empty() || segments.back().type != PT_LOAD || at.value != end.address ||
            (form.virt && virt != end.virt))
            segments.push_back({.address = at.value, .virt = virt});
        segments.back().data.append(page);
        end.address = at.value + page.size();
        end.virt = virt + page.size();
    }
    return elf_core(segments, form);
}

}  // namespace kstrax::test
