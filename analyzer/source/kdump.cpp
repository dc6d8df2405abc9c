// SPDX-License-Identifier: GPL-2.0-or-later
// kdump-compressed dumps (diskdump, header version 1 to 6), plain or flattened:
// block 0 the header, block 1 the sub-header, then two bitmaps, then a descriptor
// for each page of the second bitmap, then the pages.
#include <elf.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "analyzer/base/parallel.hpp"
#include "analyzer/source/codecs.hpp"
#include "analyzer/source/elf_notes.hpp"
#include "analyzer/source/formats.hpp"
#include "analyzer/source/logical_file.hpp"
#include "analyzer/source/page_bitmap.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kSignature = "KDUMP   ";
constexpr std::uint64_t kDescriptorSize = 24;  // u64 offset, u32 size, u32 flags, u64 page flags
constexpr std::uint32_t kMostPageSize = 1 << 16;
constexpr std::uint64_t kMostNotes = 64 << 20;  // 8192 CPUs of the widest registers
constexpr std::uint32_t kStatusIncomplete = 8;  // DUMP_DH_COMPRESSED_INCOMPLETE

/// Offsets in the header and the sub-header. Both hold C structs of the machine
/// that wrote them: `long`, and what comes behind one, differ with the word size.
/// Sources: makedumpfile's diskdump_mod.h, QEMU's dump.h.
struct HeaderForm {
    std::uint32_t word;  // bytes of a long
    std::uint64_t status, block_size, sub_header_blocks, bitmap_blocks, max_frames;
    std::uint64_t split, vmcoreinfo_offset, vmcoreinfo_size, notes_offset, notes_size, max_frames_64;
    std::uint64_t sub_header_size;
};
constexpr HeaderForm kForm32{.word = 4,
                             .status = 412,
                             .block_size = 416,
                             .sub_header_blocks = 420,
                             .bitmap_blocks = 424,
                             .max_frames = 428,
                             .split = 0x08,
                             .vmcoreinfo_offset = 0x14,
                             .vmcoreinfo_size = 0x1c,
                             .notes_offset = 0x20,
                             .notes_size = 0x28,
                             .max_frames_64 = 0x48,
                             .sub_header_size = 0x50};
constexpr HeaderForm kForm64{.word = 8,
                             .status = 424,
                             .block_size = 428,
                             .sub_header_blocks = 432,
                             .bitmap_blocks = 436,
                             .max_frames = 440,
                             .split = 0x0c,
                             .vmcoreinfo_offset = 0x20,
                             .vmcoreinfo_size = 0x28,
                             .notes_offset = 0x30,
                             .notes_size = 0x38,
                             .max_frames_64 = 0x60,
                             .sub_header_size = 0x68};
constexpr std::uint64_t kVersion = 8;
constexpr std::uint64_t kMachineName = 12 + 4 * 65;  // utsname.machine
constexpr std::uint64_t kNameSize = 65;

bool plausible_page_size(std::uint32_t size) {
    return size >= 4096 && size <= kMostPageSize && std::has_single_bit(size);
}

/// Where a 64-bit writer has the microseconds of its time stamp (below 10^6, so
/// that their upper half is 0), a 32-bit one has the block size and the number
/// of sub-header blocks, which is never 0.
const HeaderForm& form_of(FieldReader& header) {
    const std::uint32_t blocks = header.u32(kForm32.sub_header_blocks);
    return plausible_page_size(header.u32(kForm32.block_size)) && blocks > 0 && blocks < 1024 ? kForm32 : kForm64;
}

/// What uname(2) calls the machines, as a pattern of which '?' is any character.
struct MachineName {
    std::string_view pattern;
    std::uint16_t machine;
};
constexpr std::array kMachineNames{MachineName{"x86_64", EM_X86_64}, MachineName{"i?86", EM_386},
                                   MachineName{"ia64", EM_IA_64}};

std::uint16_t machine_of(std::string_view name) {
    const auto matches = [&](std::string_view pattern) {
        return std::equal(pattern.begin(), pattern.end(), name.begin(), name.end(),
                          [](char wanted, char c) { return wanted == '?' || wanted == c; });
    };
    for (const MachineName& known : kMachineNames)
        if (matches(known.pattern)) return known.machine;
    return EM_NONE;
}

struct Geometry {
    std::uint32_t page_size = 0;
    std::uint64_t descriptors = 0;  // offset of the first
    PageBitmap bitmap;
    std::string vmcoreinfo;
    std::uint16_t machine = EM_NONE;
    std::vector<Note> notes;
    bool incomplete = false;
};

class Kdump final : public MemorySource {
  public:
    Kdump(LogicalFile file, Geometry geometry) : file_(std::move(file)), geometry_(std::move(geometry)) {
        name_ = file_.flattened() ? "kdump-compressed dump (flattened)" : "kdump-compressed dump";
    }

    [[nodiscard]] std::string_view format() const override { return name_; }
    [[nodiscard]] std::uint64_t page_size() const override { return geometry_.page_size; }
    [[nodiscard]] std::uint64_t memory_size() const override {
        return geometry_.bitmap.total() * geometry_.page_size;
    }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return geometry_.vmcoreinfo; }
    [[nodiscard]] std::uint16_t machine() const override { return geometry_.machine; }
    [[nodiscard]] std::span<const Note> notes() const override { return geometry_.notes; }

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        const auto page_size = static_cast<std::size_t>(geometry_.page_size);
        while (!out.empty()) {
            const std::uint64_t frame = at.value / page_size;
            const auto offset = static_cast<std::size_t>(at.value % page_size);
            const std::size_t part = std::min(out.size(), page_size - offset);
            if (!geometry_.bitmap.has(frame))
                return Error{ErrorCode::Excluded, "page is not in the dump (left out, or no memory there)", at.value};
            thread_local std::vector<std::byte> page;
            page.resize(page_size);
            const bool whole = part == page_size;
            const auto stored = page_at(geometry_.bitmap.rank(frame), whole ? out.first(part) : MutableBytes(page));
            if (!stored) return Error{stored.error().code, stored.error().message, at.value};
            if (!whole) std::memcpy(out.data(), page.data() + offset, part);
            out = out.subspan(part);
            at = at + part;
        }
        return {};
    }

    std::uint64_t scan(const PageVisitor& visit) const override {
        const std::uint64_t blocks = (geometry_.bitmap.frames() + PageBitmap::kBlock - 1) / PageBitmap::kBlock;
        std::atomic<std::uint64_t> unreadable{0};
        parallel_for(static_cast<std::size_t>(blocks), [&](std::size_t block) {
            const std::uint64_t first = block * PageBitmap::kBlock;
            const std::uint64_t last = std::min(first + PageBitmap::kBlock, geometry_.bitmap.frames());
            std::uint64_t index = geometry_.bitmap.rank(first);
            std::uint64_t shared = 0;  // where the last page was stored; zero pages are stored once
            std::vector<std::byte> page(geometry_.page_size);
            for (std::uint64_t frame = first; frame < last; ++frame) {
                if (!geometry_.bitmap.has(frame)) continue;
                const auto stored = page_at(index++, page, &shared);
                if (!stored) ++unreadable;
                else if (*stored) visit({frame * geometry_.page_size}, page);
            }
        });
        return unreadable;
    }

    [[nodiscard]] std::vector<std::string> damage() const override {
        std::vector<std::string> sentences;
        if (geometry_.incomplete)
            sentences.emplace_back("the dump's header marks it incomplete (the disk was full, or dumping was stopped)");
        if (file_.cut_off())
            sentences.emplace_back("the flattened file lacks its end mark: it is cut off; copy it again in full");
        else if (const auto lacking = lacks_end())
            sentences.push_back("the file is cut off: " + *lacking);
        return sentences;
    }

  private:
    /// Expands the index-th page of the dump into `page`. With `shared`, a page
    /// stored at *shared is not expanded again: the answer is then false.
    Result<bool> page_at(std::uint64_t index, MutableBytes page, std::uint64_t* shared = nullptr) const {
        thread_local std::vector<std::byte> scratch;
        const auto descriptor = file_.view(geometry_.descriptors + index * kDescriptorSize, kDescriptorSize, scratch);
        if (!descriptor) return descriptor.error().in("page descriptor");
        FieldReader fields(*descriptor);
        const std::uint64_t offset = fields.u64(0);
        const std::uint32_t size = fields.u32(8);
        const std::uint32_t flags = fields.u32(12);
        if (shared != nullptr && *shared == offset) return false;
        // A stored page is never larger than the page: writers then store it plain.
        if (size > page.size())
            return Error{ErrorCode::Corrupt, "page descriptor announces " + std::to_string(size) + " bytes"};
        const auto stored = file_.view(offset, size, scratch);
        if (!stored) return stored.error().in("page data");
        const auto expanded = expand_page(flags, *stored, page);
        if (!expanded) return expanded.error();
        if (shared != nullptr) *shared = offset;
        return true;
    }

    /// Are the last descriptor's page and the last descriptor in the file?
    [[nodiscard]] std::optional<std::string> lacks_end() const {
        if (geometry_.bitmap.total() == 0) return std::nullopt;
        std::vector<std::byte> page(geometry_.page_size);
        const auto last = page_at(geometry_.bitmap.total() - 1, page);
        if (last || last.error().code != ErrorCode::Truncated) return std::nullopt;
        return last.error().message + "; copy it again in full";
    }

    LogicalFile file_;
    Geometry geometry_;
    std::string name_;
};

Result<Geometry> read_geometry(const LogicalFile& file, Bytes header_bytes) {
    FieldReader header(header_bytes);
    Geometry geometry;
    const HeaderForm& form = form_of(header);
    geometry.page_size = header.u32(form.block_size);
    if (!plausible_page_size(geometry.page_size))
        return Error{ErrorCode::Corrupt, "block size (offset " + std::to_string(form.block_size) + ") is " +
                                             std::to_string(geometry.page_size) +
                                             ", expected a page size, 4096 to 65536"};
    geometry.incomplete = (header.u32(form.status) & kStatusIncomplete) != 0;
    geometry.machine = machine_of(bounded_text(as_text(*slice(header_bytes, kMachineName, kNameSize))));
    const std::uint64_t block = geometry.page_size;

    std::vector<std::byte> scratch;
    const auto sub_header_bytes = file.view(block, form.sub_header_size, scratch);
    if (!sub_header_bytes) return sub_header_bytes.error().in("sub-header");
    FieldReader sub_header(*sub_header_bytes);
    const auto word = [&](std::uint64_t offset) {
        return form.word == 4 ? sub_header.u32(offset) : sub_header.u64(offset);
    };
    const std::uint32_t version = header.u32(kVersion);
    if (version >= 2 && sub_header.u32(form.split) != 0)
        return Error{ErrorCode::Unsupported,
                     "one file of a split dump; join the set first (makedumpfile --reassemble)"};
    std::uint64_t max_frames = header.u32(form.max_frames);
    if (version >= 6 && sub_header.u64(form.max_frames_64) != 0) max_frames = sub_header.u64(form.max_frames_64);
    const std::uint64_t vmcoreinfo_offset = version >= 3 ? sub_header.u64(form.vmcoreinfo_offset) : 0;
    const std::uint64_t vmcoreinfo_size = version >= 3 ? word(form.vmcoreinfo_size) : 0;
    const std::uint64_t notes_offset = version >= 4 ? sub_header.u64(form.notes_offset) : 0;
    const std::uint64_t notes_size = version >= 4 ? word(form.notes_size) : 0;

    const std::uint64_t sub_header_blocks = header.u32(form.sub_header_blocks);
    const std::uint64_t bitmap_blocks = header.u32(form.bitmap_blocks);
    std::uint64_t bitmap_offset = (1 + sub_header_blocks) * block;
    std::uint64_t bitmap_size = bitmap_blocks * block;
    geometry.descriptors = bitmap_offset + bitmap_size;
    if (max_frames > bitmap_size * 8)
        return Error{ErrorCode::Corrupt, "bitmap of " + std::to_string(bitmap_blocks) + " blocks for " +
                                             std::to_string(max_frames) + " page frames"};
    // Two bitmaps: frames that exist, and frames that were dumped. The second counts.
    const std::uint64_t one_bitmap = (max_frames + block * 8 - 1) / (block * 8) * block;
    if (bitmap_size >= 2 * one_bitmap) {
        bitmap_size /= 2;
        bitmap_offset += bitmap_size;
    }
    const auto bits = file.view(bitmap_offset, std::min(bitmap_size, (max_frames + 7) / 8), scratch);
    if (!bits) return bits.error().in("bitmap of dumped pages");
    geometry.bitmap = PageBitmap(std::vector<std::byte>(bits->begin(), bits->end()));

    if (vmcoreinfo_size > 0 && vmcoreinfo_size <= (1 << 20)) {
        const auto text = file.view(vmcoreinfo_offset, vmcoreinfo_size, scratch);
        if (text) geometry.vmcoreinfo = bounded_text(as_text(*text));
    }
    if (notes_size > 0 && notes_size <= kMostNotes) {
        const auto notes = file.view(notes_offset, notes_size, scratch);
        if (notes) geometry.notes = parse_notes(*notes);
        if (geometry.vmcoreinfo.empty()) geometry.vmcoreinfo = vmcoreinfo_of(geometry.notes);
    }
    return geometry;
}

}  // namespace

SourceResult open_kdump(const MappedFilePtr& mapped) {
    auto file = LogicalFile::open(mapped);
    if (!file) return file.error();
    std::vector<std::byte> scratch;
    const auto header = file->view(0, 464, scratch);
    if (!header || !as_text(*header).starts_with(kSignature)) {
        if (!file->flattened()) return Error{ErrorCode::NotMine, "not kdump-compressed"};
        return Error{ErrorCode::Unsupported,
                     "a flattened file, but not of a kdump-compressed dump (\"KDUMP\" is not at its start); "
                     "was it cut off? Otherwise rearrange it first (makedumpfile -R)"};
    }
    auto geometry = read_geometry(*file, *header);
    if (!geometry) return geometry.error().in("kdump-compressed dump");
    return std::unique_ptr<MemorySource>(std::make_unique<Kdump>(std::move(*file), std::move(*geometry)));
}

}  // namespace kstrax
