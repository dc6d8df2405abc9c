// SPDX-License-Identifier: GPL-2.0-or-later
// ELF cores of both classes: /proc/vmcore, QEMU's dump-guest-memory, makedumpfile
// -E, and our own excerpts. Layout: the System V ABI's, by <elf.h>.
#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "analyzer/source/elf_notes.hpp"
#include "analyzer/source/formats.hpp"
#include "analyzer/source/mapped_ranges.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kPageSize = 4096;  // divides every page size of the architectures that are read

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
    HeaderField type, machine, phoff, shoff, phentsize, phnum;
    HeaderField section_info;
    HeaderField p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz;
};

#define KSTRAX_ELF_FIELD(type, member) \
    HeaderField { offsetof(type, member), sizeof(type::member) }
#define KSTRAX_ELF_CLASS(bits)                                                                                  \
    ClassForm {                                                                                                 \
        .id = ELFCLASS##bits, .format = "ELF" #bits " core", .header_size = sizeof(Elf##bits##_Ehdr),           \
        .segment_size = sizeof(Elf##bits##_Phdr), .phentsize_at = offsetof(Elf##bits##_Ehdr, e_phentsize),      \
        .type = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_type),                                                     \
        .machine = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_machine),                                               \
        .phoff = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_phoff),                                                   \
        .shoff = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_shoff),                                                   \
        .phentsize = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_phentsize),                                           \
        .phnum = KSTRAX_ELF_FIELD(Elf##bits##_Ehdr, e_phnum),                                                   \
        .section_info = KSTRAX_ELF_FIELD(Elf##bits##_Shdr, sh_info),                                            \
        .p_type = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_type),                                                   \
        .p_offset = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_offset),                                               \
        .p_vaddr = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_vaddr),                                                 \
        .p_paddr = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_paddr),                                                 \
        .p_filesz = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_filesz),                                               \
        .p_memsz = KSTRAX_ELF_FIELD(Elf##bits##_Phdr, p_memsz),                                                 \
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

class ElfCore final : public MemorySource {
  public:
    struct Contents {
        std::string_view format;
        std::uint16_t machine = EM_NONE;
        std::vector<Segment> segments;
        std::vector<Note> notes;
        std::uint64_t missing = 0;  // bytes announced beyond the end of the file
    };
    ElfCore(MappedFilePtr file, MappedRanges ranges, Contents contents)
        : file_(std::move(file)),
          ranges_(std::move(ranges)),
          contents_(std::move(contents)),
          vmcoreinfo_(vmcoreinfo_of(contents_.notes)) {}

    [[nodiscard]] std::string_view format() const override { return contents_.format; }
    [[nodiscard]] std::uint64_t page_size() const override { return kPageSize; }
    [[nodiscard]] std::uint64_t memory_size() const override { return ranges_.size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return ranges_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override {
        ranges_.scan(kPageSize, visit);
        return 0;
    }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return vmcoreinfo_; }
    [[nodiscard]] std::uint16_t machine() const override { return contents_.machine; }
    [[nodiscard]] std::span<const Segment> segments() const override { return contents_.segments; }
    [[nodiscard]] std::span<const Note> notes() const override { return contents_.notes; }
    [[nodiscard]] std::vector<std::string> damage() const override {
        if (contents_.missing == 0) return {};
        return {"the file is cut off: " + std::to_string(contents_.missing) +
                " bytes of memory that its program headers announce are not in it; copy it again in full"};
    }

  private:
    MappedFilePtr file_;
    MappedRanges ranges_;
    Contents contents_;
    std::string_view vmcoreinfo_;  // in contents_
};

/// How many program headers there are; over 65534 the number is in section 0.
std::uint64_t program_header_count(Bytes bytes, const ClassForm& form, Bytes header) {
    const std::uint64_t count = number(header, form.phnum);
    if (count != PN_XNUM) return count;
    const std::uint64_t end = form.section_info.offset + form.section_info.size;
    const auto section = slice(bytes, number(header, form.shoff), end);
    return section ? number(*section, form.section_info) : 0;
}

}  // namespace

SourceResult open_elf_core(const MappedFilePtr& file) {
    const Bytes bytes = file->bytes();
    if (bytes.size() < EI_NIDENT || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
        return Error{ErrorCode::NotMine, "not ELF"};
    const auto form = std::find_if(kClasses.begin(), kClasses.end(), [&](const ClassForm& candidate) {
        return candidate.id == std::to_integer<std::uint8_t>(bytes[EI_CLASS]);
    });
    if (form == kClasses.end())
        return Error{ErrorCode::Corrupt, "an ELF file of class " +
                                             std::to_string(std::to_integer<int>(bytes[EI_CLASS])) +
                                             " (offset 4), expected 1 (32 bits) or 2 (64 bits)"};
    if (std::to_integer<int>(bytes[EI_DATA]) != ELFDATA2LSB)
        return Error{ErrorCode::Unsupported, "an ELF file of a big-endian machine; only little-endian ones are read"};
    const auto header = slice(bytes, 0, form->header_size);
    if (!header) return Error{ErrorCode::Truncated, "the ELF header is cut off; copy the file again in full"};
    if (number(*header, form->type) != ET_CORE)
        return Error{ErrorCode::Unsupported,
                     "an ELF file of type " + std::to_string(number(*header, form->type)) +
                         ", not a core (4); name the dump, not the kernel or a module"};
    const std::uint64_t entry_size = number(*header, form->phentsize);
    if (entry_size < form->segment_size)
        return Error{ErrorCode::Corrupt, "e_phentsize (offset " + std::to_string(form->phentsize_at) + ") is " +
                                             std::to_string(entry_size) + ", expected at least " +
                                             std::to_string(form->segment_size)};

    ElfCore::Contents contents;
    contents.format = form->format;
    contents.machine = static_cast<std::uint16_t>(number(*header, form->machine));
    std::vector<MappedRange> ranges;
    const std::uint64_t count = program_header_count(bytes, *form, *header);
    std::uint64_t read_headers = 0;
    std::size_t note_bytes = bytes.size();  // still to be looked through
    for (; read_headers < count; ++read_headers) {
        // At most 2^32 headers of at most 2^16 bytes each: no overflow but in the sum.
        const auto offset = checked_add(number(*header, form->phoff), read_headers * entry_size);
        const auto segment = offset ? slice(bytes, *offset, form->segment_size) : std::nullopt;
        if (!segment) break;
        const std::uint64_t type = number(*segment, form->p_type);
        if (type != PT_LOAD && type != PT_NOTE) continue;
        const std::uint64_t announced = number(*segment, form->p_filesz);
        const std::uint64_t start = std::min<std::uint64_t>(number(*segment, form->p_offset), bytes.size());
        const std::uint64_t present = std::min<std::uint64_t>(announced, bytes.size() - start);
        const Bytes data = *slice(bytes, start, present);
        if (type == PT_NOTE) {
            // Segments that share their bytes must not multiply the notes in them.
            const Bytes fresh = data.first(std::min<std::size_t>(data.size(), note_bytes));
            note_bytes -= fresh.size();
            for (Note& note : parse_notes(fresh)) contents.notes.push_back(std::move(note));
            continue;
        }
        contents.missing += announced - present;
        const PhysAddr phys{number(*segment, form->p_paddr)};
        ranges.push_back({phys, data});
        const VirtAddr virt{number(*segment, form->p_vaddr)};
        if (virt.value != 0) contents.segments.push_back({virt, phys, number(*segment, form->p_memsz)});
    }
    if (read_headers < count)
        return Error{ErrorCode::Truncated, "program header " + std::to_string(read_headers) + " of " +
                                               std::to_string(count) + " lies beyond the end of the file (" +
                                               std::to_string(bytes.size()) + " bytes); copy it again in full"};
    if (ranges.empty())
        return Error{ErrorCode::Corrupt, "an ELF core without a PT_LOAD segment: it holds no memory"};
    return std::unique_ptr<MemorySource>(
        std::make_unique<ElfCore>(file, MappedRanges(std::move(ranges)), std::move(contents)));
}

}  // namespace kstrax
