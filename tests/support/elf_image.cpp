// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/elf_image.hpp"

namespace kstrax::test {

namespace {

void pad(std::string& bytes, std::size_t to) {
    bytes.resize((bytes.size() + to - 1) / to * to);
}

}  // namespace

std::string elf_note(std::string_view name, std::string_view descriptor) {
    const Elf64_Nhdr header{static_cast<Elf64_Word>(name.size() + 1),
                            static_cast<Elf64_Word>(descriptor.size()), 0};
    std::string note(as_text(bytes_of(header)));
    note.append(name).push_back('\0');
    pad(note, 4);
    note.append(descriptor);
    pad(note, 4);
    return note;
}

std::string elf_core(const std::vector<ElfSegment>& segments, const ElfForm& form) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_CORE;
    header.e_machine = form.machine;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof header;
    header.e_phoff = form.headers_at;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = form.many_headers ? PN_XNUM : static_cast<Elf64_Half>(segments.size());
    Elf64_Shdr section{};
    section.sh_info = static_cast<Elf64_Word>(segments.size());
    if (form.many_headers) {
        header.e_shoff = sizeof header;
        header.e_shnum = 1;
        header.e_shentsize = sizeof section;
    }
    std::string file(as_text(bytes_of(header)));
    if (form.many_headers) file.append(as_text(bytes_of(section)));
    file.resize(form.headers_at);

    std::uint64_t offset = form.headers_at + segments.size() * sizeof(Elf64_Phdr);
    for (const ElfSegment& from : segments) {
        Elf64_Phdr segment{};
        segment.p_type = from.type;
        segment.p_offset = offset;
        segment.p_paddr = from.address;
        segment.p_filesz = segment.p_memsz = from.announced.value_or(from.data.size());
        file.append(as_text(bytes_of(segment)));
        offset += from.data.size();
    }
    for (const ElfSegment& from : segments) file.append(from.data);
    return file;
}

std::string elf_core(const Memory& memory, const ElfForm& form) {
    std::vector<ElfSegment> segments;
    if (!form.vmcoreinfo.empty())
        segments.push_back({.type = PT_NOTE, .address = 0, .data = elf_note("VMCOREINFO", form.vmcoreinfo)});
    std::uint64_t end = 0;
    for (const auto& [frame, page] : memory.pages()) {
        const std::uint64_t address = frame * memory.page_size();
        if (segments.empty() || segments.back().type != PT_LOAD || address != end)
            segments.push_back({.address = address});
        segments.back().data.append(page);
        end = address + page.size();
    }
    return elf_core(segments, form);
}

}  // namespace kstrax::test
