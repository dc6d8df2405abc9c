// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/kdump/kdump_header.hpp"

#include <algorithm>
#include <bit>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/memory/elf_notes.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kSignature = "KDUMP   ";
constexpr std::uint64_t kHeaderSize = 464;
constexpr std::uint64_t kMostNotes = 64 << 20;                 // 8192 CPUs of the widest registers
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 56;  // the widest physical addresses have 56 bits
constexpr std::uint32_t kStatusIncomplete = 8;                 // DUMP_DH_COMPRESSED_INCOMPLETE

/// Offsets in the header and the sub-header. Both hold C structs of the machine
/// that wrote them: `long`, and what comes behind one, differ with the word size.
/// Sources: makedumpfile's diskdump_mod.h, QEMU's dump.h.
struct HeaderForm {
    std::uint32_t word;  // bytes of a long
    std::uint64_t status, block_size, sub_header_blocks, bitmap_blocks, max_frames;
    std::uint64_t split, start_frame, end_frame, vmcoreinfo_offset, vmcoreinfo_size, notes_offset, notes_size;
    std::uint64_t start_frame_64, end_frame_64, max_frames_64;
    std::uint64_t sub_header_size;
};
constexpr HeaderForm kForm32{.word = 4,
                             .status = 412,
                             .block_size = 416,
                             .sub_header_blocks = 420,
                             .bitmap_blocks = 424,
                             .max_frames = 428,
                             .split = 0x08,
                             .start_frame = 0x0c,
                             .end_frame = 0x10,
                             .vmcoreinfo_offset = 0x14,
                             .vmcoreinfo_size = 0x1c,
                             .notes_offset = 0x20,
                             .notes_size = 0x28,
                             .start_frame_64 = 0x38,
                             .end_frame_64 = 0x40,
                             .max_frames_64 = 0x48,
                             .sub_header_size = 0x50};
constexpr HeaderForm kForm64{.word = 8,
                             .status = 424,
                             .block_size = 428,
                             .sub_header_blocks = 432,
                             .bitmap_blocks = 436,
                             .max_frames = 440,
                             .split = 0x0c,
                             .start_frame = 0x10,
                             .end_frame = 0x18,
                             .vmcoreinfo_offset = 0x20,
                             .vmcoreinfo_size = 0x28,
                             .notes_offset = 0x30,
                             .notes_size = 0x38,
                             .start_frame_64 = 0x50,
                             .end_frame_64 = 0x58,
                             .max_frames_64 = 0x60,
                             .sub_header_size = 0x68};
constexpr std::uint64_t kVersion = 8;
constexpr std::uint64_t kSystemName = 12;  // struct new_utsname, of six names
constexpr std::uint64_t kNameSize = 65;
constexpr std::uint64_t kMachineName = kSystemName + 4 * kNameSize;

/// Where a 64-bit writer has the microseconds of its time stamp (below 10^6, so
/// that their upper half is 0), a 32-bit one has the block size and the number
/// of sub-header blocks, which is never 0.
const HeaderForm& form_of(FieldReader& header) {
    const std::uint32_t blocks = header.u32(kForm32.sub_header_blocks);
    return is_page_size(header.u32(kForm32.block_size)) && blocks > 0 && blocks < 1024 ? kForm32 : kForm64;
}

Result<KdumpHeader> read_fields(const LogicalFile& file, Bytes header_bytes) {
    FieldReader header(header_bytes);
    KdumpHeader dump;
    const HeaderForm& form = form_of(header);
    dump.page_size = header.u32(form.block_size);
    if (!is_page_size(dump.page_size))
        return Error{ErrorCode::Corrupt, "block size (offset " + std::to_string(form.block_size) + ") is " +
                                             std::to_string(dump.page_size) + ", expected a page size, 4096 to 65536"};
    dump.incomplete = (header.u32(form.status) & kStatusIncomplete) != 0;
    dump.system = as_text(*slice(header_bytes, kSystemName, 6 * kNameSize));
    dump.machine = machine_of_uname(bounded_text(as_text(*slice(header_bytes, kMachineName, kNameSize))));
    const std::uint64_t block = dump.page_size;

    std::vector<std::byte> scratch;
    const auto sub_header_bytes = file.view(block, form.sub_header_size, scratch);
    if (!sub_header_bytes) return sub_header_bytes.error().in("sub-header");
    FieldReader sub_header(*sub_header_bytes);
    const auto word = [&](std::uint64_t offset) {
        return form.word == 4 ? sub_header.u32(offset) : sub_header.u64(offset);
    };
    const std::uint32_t version = header.u32(kVersion);
    dump.split = version >= 2 && sub_header.u32(form.split) != 0;
    if (dump.split)
        dump.stored = version >= 6 ? FrameRange{sub_header.u64(form.start_frame_64), sub_header.u64(form.end_frame_64)}
                                   : FrameRange{word(form.start_frame), word(form.end_frame)};
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
    dump.descriptors = bitmap_offset + bitmap_size;
    if (max_frames > bitmap_size * 8)
        return Error{ErrorCode::Corrupt, "bitmap of " + std::to_string(bitmap_blocks) + " blocks for " +
                                             std::to_string(max_frames) + " page frames"};
    if (max_frames > kMostMemory / block)
        return Error{ErrorCode::Corrupt,
                     std::to_string(max_frames) + " page frames are more than a machine can address"};
    // Two bitmaps: frames that exist, and frames that were dumped. The second counts.
    const std::uint64_t one_bitmap = (max_frames + block * 8 - 1) / (block * 8) * block;
    if (bitmap_size >= 2 * one_bitmap) {
        bitmap_size /= 2;
        bitmap_offset += bitmap_size;
    }
    auto bitmap = PageBitmap::over(file, bitmap_offset, std::min(bitmap_size * 8, max_frames));
    if (!bitmap) return bitmap.error().in("bitmap of dumped pages");
    dump.bitmap = std::make_shared<const PageBitmap>(std::move(*bitmap));

    if (vmcoreinfo_size > 0 && vmcoreinfo_size <= (1 << 20)) {
        const auto text = file.view(vmcoreinfo_offset, vmcoreinfo_size, scratch);
        if (text) dump.vmcoreinfo = bounded_text(as_text(*text));
    }
    if (notes_size > 0 && notes_size <= kMostNotes) {
        const auto notes = file.view(notes_offset, notes_size, scratch);
        if (notes) dump.notes = parse_notes(*notes);
        if (dump.vmcoreinfo.empty()) dump.vmcoreinfo = vmcoreinfo_of(dump.notes);
        if (dump.machine == 0) dump.machine = machine_of_notes(dump.notes);  // QEMU 10 says "Unknown"
    }
    return dump;
}

}  // namespace

Result<KdumpHeader> read_kdump_header(const LogicalFile& file) {
    std::vector<std::byte> scratch;
    const auto header = file.view(0, kHeaderSize, scratch);
    if (!header || !as_text(*header).starts_with(kSignature)) return Error{ErrorCode::NotMine, "not kdump-compressed"};
    return read_fields(file, *header);
}

}  // namespace kstrax
