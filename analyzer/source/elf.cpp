// SPDX-License-Identifier: GPL-2.0-or-later
// ELF cores that lie in a mapped file: QEMU's dump-guest-memory, a copy of
// /proc/vmcore, makedumpfile -E, and our own excerpts.
#include "analyzer/source/elf_headers.hpp"
#include "analyzer/source/elf_notes.hpp"
#include "analyzer/source/formats.hpp"
#include "analyzer/source/mapped_ranges.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kPageSize = 4096;  // divides every page size of the architectures that are read

class ElfCore final : public MemorySource {
  public:
    struct Contents {
        std::string format;
        std::uint16_t machine = 0;
        std::vector<Segment> segments;
        std::vector<Note> notes;
        bool incomplete = false;
        std::uint64_t missing = 0;  // bytes announced that the file does not have
    };
    ElfCore(LogicalFilePtr file, MappedRanges ranges, Contents contents)
        : file_(std::move(file)),
          ranges_(std::move(ranges)),
          contents_(std::move(contents)),
          vmcoreinfo_(vmcoreinfo_of(contents_.notes)) {
        if (file_->flattened()) contents_.format += " (flattened)";
    }

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
        std::vector<std::string> sentences;
        if (contents_.incomplete)
            sentences.emplace_back("the dump's header marks it incomplete (the disk was full, or dumping was stopped)");
        if (file_->cut_off())
            sentences.emplace_back("the flattened file lacks its end mark: it is cut off; copy it again in full");
        else if (contents_.missing > 0)
            sentences.push_back("the file is cut off: " + std::to_string(contents_.missing) +
                                " bytes of memory that its program headers announce are not in it" +
                                (contents_.incomplete ? "" : "; copy it again in full"));
        return sentences;
    }

  private:
    LogicalFilePtr file_;
    MappedRanges ranges_;
    Contents contents_;
    std::string_view vmcoreinfo_;  // in contents_
};

}  // namespace

SourceResult open_elf_core(const LogicalFilePtr& file) {
    std::vector<std::byte> scratch;
    auto headers = read_elf_headers({file->size(), [&](std::uint64_t offset, std::uint64_t size) {
                                         const auto part = file->view(offset, size, scratch);
                                         return part ? std::optional(*part) : std::nullopt;
                                     }});
    if (!headers) return headers.error();
    ElfCore::Contents contents{
        std::string(headers->format), headers->machine, {}, std::move(headers->notes), headers->incomplete};
    std::vector<MappedRange> ranges;
    for (const ElfLoad& load : headers->loads) {
        contents.missing += load.announced;
        file->pieces(load.offset, load.present, [&](const LogicalFile::Piece& piece) {
            contents.missing -= piece.data.size();
            ranges.push_back({load.phys + (piece.offset - load.offset), piece.data});
        });
        if (load.virt.value != 0) contents.segments.push_back({load.virt, load.phys, load.size});
    }
    return std::unique_ptr<MemorySource>(
        std::make_unique<ElfCore>(file, MappedRanges(std::move(ranges), &file->mapped()), std::move(contents)));
}

}  // namespace kstrax
