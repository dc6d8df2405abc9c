// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/elf/elf_headers.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "analyzer/memory/elf_notes.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kIncomplete = 1;  // makedumpfile's DUMP_ELF_INCOMPLETE in e_flags
constexpr std::uint64_t kMostNoteBytes = std::uint64_t{64} << 20;

/// A number in a header: 2, 4 or 8 bytes.
struct HeaderField {
    std::uint16_t offset;
    std::uint16_t size;
};

/// Where a class of ELF keeps what is read of it.
struct ClassForm {
    std::uint8_t id;  // EI_CLASS
    std::string_view format;
    std::uint16_t header_size, segment_size, phentsize_at;
    HeaderField type, machine, flags, phoff, shoff, phentsize, phnum, shentsize, shstrndx;
    HeaderField section_info, section_offset, section_size;
    HeaderField p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz;
};

#define KSTRAX_ELF_FIELD(type, member) \
    HeaderField { offsetof(type, member), sizeof(type::member) }
#define KSTRAX_ELF_CLASS(bits)                                                                                        \
    ClassForm {                                                                                                       \
        .id = ELFCLASS##bits, .format = "ELF" #bits " core", .header_size = sizeof(Elf##bits##_Ehdr),                 \
        .segment_size = sizeof(Elf##bits##_Phdr), .phentsize_at = offsetof(Elf##bits##_Ehdr, e_phentsize),            \
        .type = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_type), .machine = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_machine), \
        .flags = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_flags), .phoff = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_phoff),   \
        .shoff = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_shoff),                                                         \
        .phentsize = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_phentsize),                                                 \
        .phnum = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_phnum),                                                         \
        .shentsize = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_shentsize),                                                 \
        .shstrndx = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_shstrndx),                                                   \
        .section_info = KSTRAX_ELF_FIELD(Elf##bits##_Shdr, sh_info),                                                  \
        .section_offset = KSTRAX_ELF_FIELD(Elf##bits##_Shdr, sh_offset),                                              \
        .section_size = KSTRAX_ELF_FIELD(Elf##bits##_Shdr, sh_size),                                                  \
        .p_type = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_type),                                                         \
        .p_offset = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_offset),                                                     \
        .p_vaddr = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_vaddr),                                                       \
        .p_paddr = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_paddr),                                                       \
        .p_filesz = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_filesz),                                                     \
        .p_memsz = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_memsz),                                                       \
    }
// The class says how the headers are laid out, not how wide the machine's words
// are: QEMU writes an i386 guest's memory as ELF64 with EM_386.
constexpr std::array kClasses{KSTRAX_ELF_CLASS(32), KSTRAX_ELF_CLASS(64)};
#undef KSTRAX_ELF_CLASS
#undef KSTRAX_ELF_FIELD

std::uint64_t number(Bytes record, HeaderField field) {
    std::uint64_t value = 0;
    std::memcpy(&value, record.data() + field.offset, field.size);
    return value;
}

/// How many program headers there are; over 65534 the number is in section 0.
std::uint64_t program_header_count(const FileParts& file, const ClassForm& form, Bytes header) {
    const std::uint64_t count = number(header, form.phnum);
    if (count != PN_XNUM) return count;
    const std::uint64_t end = form.section_info.offset + form.section_info.size;
    const auto section = file.at(number(header, form.shoff), end);
    return section ? number(*section, form.section_info) : 0;
}

/// Xen's dump of a domain keeps its pages in sections; their names are in one of them.
bool is_xen_domain(const FileParts& file, const ClassForm& form, Bytes header) {
    constexpr std::uint64_t kMostNames = 65536;
    const std::uint64_t index = number(header, form.shstrndx) * number(header, form.shentsize);
    const auto at = checked_add(number(header, form.shoff), index);
    const auto section = at ? file.at(*at, form.section_size.offset + form.section_size.size) : std::nullopt;
    if (!section) return false;
    const std::uint64_t offset = number(*section, form.section_offset);
    const auto names = file.at(offset, std::min(number(*section, form.section_size), kMostNames));
    return names && as_text(*names).find(".note.Xen") != std::string_view::npos;
}

}  // namespace

Result<ElfHeaders> read_elf_headers(const FileParts& file) {
    const auto ident = file.at(0, EI_NIDENT);
    if (!ident || std::memcmp(ident->data(), ELFMAG, SELFMAG) != 0) return Error{ErrorCode::NotMine, "not ELF"};
    const int data = std::to_integer<int>((*ident)[EI_DATA]);
    const int id = std::to_integer<int>((*ident)[EI_CLASS]);
    const auto form =
        std::find_if(kClasses.begin(), kClasses.end(), [&](const ClassForm& candidate) { return candidate.id == id; });
    if (form == kClasses.end())
        return Error{ErrorCode::Corrupt,
                     "an ELF file of class " + std::to_string(id) + " (offset 4), expected 1 (32 bits) or 2 (64 bits)"};
    if (data != ELFDATA2LSB)
        return Error{ErrorCode::Unsupported, "an ELF file of a big-endian machine; only little-endian ones are read"};
    const auto first = file.at(0, form->header_size);
    if (!first) return Error{ErrorCode::Truncated, "the ELF header is cut off; copy the file again in full"};
    const std::vector<std::byte> header(first->begin(), first->end());
    if (number(header, form->type) != ET_CORE)
        return Error{ErrorCode::Unsupported, "an ELF file of type " + std::to_string(number(header, form->type)) +
                                                 ", not a core (4); name the dump, not the kernel or a module"};
    const std::uint64_t entry_size = number(header, form->phentsize);
    if (entry_size < form->segment_size)
        return Error{ErrorCode::Corrupt, "e_phentsize (offset " + std::to_string(form->phentsize_at) + ") is " +
                                             std::to_string(entry_size) + ", expected at least " +
                                             std::to_string(form->segment_size)};

    ElfHeaders headers;
    headers.format = form->format;
    headers.incomplete = (number(header, form->flags) & kIncomplete) != 0;
    headers.machine = static_cast<std::uint16_t>(number(header, form->machine));
    const std::uint64_t count = program_header_count(file, *form, header);
    std::uint64_t read_headers = 0;
    std::uint64_t note_bytes = std::min(file.size, kMostNoteBytes);  // still to be looked through
    for (; read_headers < count; ++read_headers) {
        // At most 2^32 headers of at most 2^16 bytes each: no overflow but in the sum.
        const auto offset = checked_add(number(header, form->phoff), read_headers * entry_size);
        const auto segment = offset ? file.at(*offset, form->segment_size) : std::nullopt;
        if (!segment) break;
        const std::uint64_t type = number(*segment, form->p_type);
        if (type != PT_LOAD && type != PT_NOTE) continue;
        const std::uint64_t announced = number(*segment, form->p_filesz);
        const std::uint64_t start = std::min<std::uint64_t>(number(*segment, form->p_offset), file.size);
        const std::uint64_t present = std::min<std::uint64_t>(announced, file.size - start);
        if (type == PT_NOTE) {
            // Segments that share their bytes must not multiply the notes in them.
            const auto fresh = file.at(start, std::min(present, note_bytes));
            if (!fresh) continue;
            note_bytes -= fresh->size();
            for (Note& note : parse_notes(*fresh)) headers.notes.push_back(std::move(note));
            continue;
        }
        headers.loads.push_back({{number(*segment, form->p_paddr)},
                                 {number(*segment, form->p_vaddr)},
                                 start,
                                 present,
                                 announced,
                                 number(*segment, form->p_memsz)});
    }
    if (read_headers < count)
        return Error{ErrorCode::Truncated, "program header " + std::to_string(read_headers) + " of " +
                                               std::to_string(count) + " lies beyond the end of the file (" +
                                               std::to_string(file.size) + " bytes); copy it again in full"};
    if (headers.loads.empty() && is_xen_domain(file, *form, header))
        return Error{ErrorCode::Unsupported,
                     "a dump of a Xen domain (xl dump-core), which is not read; let the domain's "
                     "own kernel make one (kdump), or read this one in crash"};
    if (headers.loads.empty())
        return Error{ErrorCode::Corrupt, "an ELF core without a PT_LOAD segment: it holds no memory"};
    return headers;
}

}  // namespace kstrax
