// SPDX-License-Identifier: GPL-2.0-or-later
// ELF64 cores: /proc/vmcore, QEMU's dump-guest-memory, makedumpfile -E, and our
// own excerpts. Layout: the System V ABI's, by <elf.h>.
#include <elf.h>

#include <algorithm>
#include <cstring>

#include "analyzer/source/formats.hpp"
#include "analyzer/source/mapped_ranges.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kPageSize = 4096;  // divides every page size of the architectures that are read

class ElfCore final : public MemorySource {
  public:
    ElfCore(MappedFilePtr file, MappedRanges ranges, std::string vmcoreinfo, std::uint64_t missing)
        : file_(std::move(file)),
          ranges_(std::move(ranges)),
          vmcoreinfo_(std::move(vmcoreinfo)),
          missing_(missing) {}

    [[nodiscard]] std::string_view format() const override { return "ELF64 core"; }
    [[nodiscard]] std::uint64_t page_size() const override { return kPageSize; }
    [[nodiscard]] std::uint64_t memory_size() const override { return ranges_.size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return ranges_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override {
        ranges_.scan(kPageSize, visit);
        return 0;
    }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return vmcoreinfo_; }
    [[nodiscard]] std::vector<std::string> damage() const override {
        if (missing_ == 0) return {};
        return {"the file is cut off: " + std::to_string(missing_) +
                " bytes of memory that its program headers announce are not in it; copy it again in full"};
    }

  private:
    MappedFilePtr file_;
    MappedRanges ranges_;
    std::string vmcoreinfo_;
    std::uint64_t missing_;  // bytes announced beyond the end of the file
};

/// The descriptor of the first note called `name`; empty if there is none.
Bytes find_note(Bytes notes, std::string_view name) {
    while (const auto header = copy_record<Elf64_Nhdr>(notes)) {
        const auto padded = [](std::uint64_t size) { return (size + 3) / 4 * 4; };
        const auto note_name = slice(notes, sizeof *header, header->n_namesz);
        const auto descriptor = slice(notes, sizeof *header + padded(header->n_namesz), header->n_descsz);
        if (!note_name || !descriptor) return {};
        if (bounded_text(as_text(*note_name)) == name) return *descriptor;
        const auto rest = sizeof *header + padded(header->n_namesz) + padded(header->n_descsz);
        if (rest >= notes.size()) return {};
        notes = notes.subspan(static_cast<std::size_t>(rest));
    }
    return {};
}

/// How many program headers there are; over 65534 the number is in section 0.
std::uint64_t program_header_count(Bytes bytes, const Elf64_Ehdr& header) {
    if (header.e_phnum != PN_XNUM) return header.e_phnum;
    const auto section = copy_record<Elf64_Shdr>(bytes, header.e_shoff);
    return section ? section->sh_info : 0;
}

}  // namespace

SourceResult open_elf_core(const MappedFilePtr& file) {
    const Bytes bytes = file->bytes();
    if (bytes.size() < EI_NIDENT || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
        return Error{ErrorCode::NotMine, "not ELF"};
    if (std::to_integer<int>(bytes[EI_CLASS]) != ELFCLASS64)
        return Error{ErrorCode::Unsupported, "an ELF file, but not of 64 bits; expected an ELF64 core"};
    if (std::to_integer<int>(bytes[EI_DATA]) != ELFDATA2LSB)
        return Error{ErrorCode::Unsupported, "an ELF file of a big-endian machine; only little-endian ones are read"};
    const auto header = copy_record<Elf64_Ehdr>(bytes);
    if (!header) return Error{ErrorCode::Truncated, "the ELF header is cut off; copy the file again in full"};
    if (header->e_type != ET_CORE)
        return Error{ErrorCode::Unsupported,
                     "an ELF file of type " + std::to_string(header->e_type) +
                         ", not a core (4); name the dump, not the kernel or a module"};
    if (header->e_phentsize < sizeof(Elf64_Phdr))
        return Error{ErrorCode::Corrupt, "e_phentsize (offset 54) is " + std::to_string(header->e_phentsize) +
                                             ", expected at least " + std::to_string(sizeof(Elf64_Phdr))};

    std::vector<MappedRange> ranges;
    std::string vmcoreinfo;
    std::uint64_t missing = 0;
    const std::uint64_t count = program_header_count(bytes, *header);
    std::uint64_t read_headers = 0;
    for (; read_headers < count; ++read_headers) {
        // At most 2^32 headers of at most 2^16 bytes each: no overflow but in the sum.
        const auto offset = checked_add(header->e_phoff, read_headers * header->e_phentsize);
        const auto segment = offset ? copy_record<Elf64_Phdr>(bytes, *offset) : std::nullopt;
        if (!segment) break;
        if (segment->p_type != PT_LOAD && segment->p_type != PT_NOTE) continue;
        const std::uint64_t start = std::min<std::uint64_t>(segment->p_offset, bytes.size());
        const std::uint64_t present = std::min<std::uint64_t>(segment->p_filesz, bytes.size() - start);
        const Bytes data = *slice(bytes, start, present);
        if (segment->p_type == PT_NOTE) {
            if (vmcoreinfo.empty()) vmcoreinfo = bounded_text(as_text(find_note(data, "VMCOREINFO")));
            continue;
        }
        missing += segment->p_filesz - present;
        ranges.push_back({{segment->p_paddr}, data});
    }
    if (read_headers < count)
        return Error{ErrorCode::Truncated, "program header " + std::to_string(read_headers) + " of " +
                                               std::to_string(count) + " lies beyond the end of the file (" +
                                               std::to_string(bytes.size()) + " bytes); copy it again in full"};
    if (ranges.empty())
        return Error{ErrorCode::Corrupt, "an ELF core without a PT_LOAD segment: it holds no memory"};
    return std::unique_ptr<MemorySource>(
        std::make_unique<ElfCore>(file, MappedRanges(std::move(ranges)), std::move(vmcoreinfo), missing));
}

}  // namespace kstrax
