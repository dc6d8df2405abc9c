// SPDX-License-Identifier: GPL-2.0-or-later
// LiME's own format: each range of memory behind a header of 32 bytes: u32 magic,
// u32 version, u64 first address, u64 last address, 8 reserved. Source: LiME's
// src/lime.h. (Its "padded" format is a raw image; its "raw" one says no addresses.)
#include <fmt/core.h>

#include "analyzer/memory/ranges/mapped_ranges.hpp"
#include "analyzer/memory/ranges/ranged_source.hpp"

namespace kstrax {

namespace {

constexpr std::uint32_t kMagic = 0x4c694d45;  // "EMiL"
constexpr std::uint64_t kHeaderSize = 32;

}  // namespace

SourceResult open_lime(const MappedFilePtr& file) {
    const Bytes bytes = file->bytes();
    std::vector<MappedRange> ranges;
    SourceFacts facts{"LiME dump", MemoryKind::Dump, {}, {}, {}, {}};
    for (std::uint64_t at = 0; at < bytes.size();) {
        const auto header = slice(bytes, at, kHeaderSize);
        FieldReader fields(header.value_or(Bytes{}));
        const std::uint32_t magic = fields.u32(0), version = fields.u32(4);
        const std::uint64_t first = fields.u64(8), last = fields.u64(16);
        if (at == 0 && magic != kMagic) return Error{ErrorCode::NotMine, "not LiME's"};
        if (!fields.ok()) {
            facts.findings.add(
                FindingId::DumpCutOff,
                fmt::format("the file is cut off in the header at offset {}; copy it again in full", at));
            break;
        }
        if (magic != kMagic || version != 1 || last < first) {
            facts.findings.add(FindingId::DumpDamaged,
                               fmt::format("no header of a memory range at offset {}, where one is expected; what is "
                                           "behind it is not read",
                                           at));
            break;
        }
        at += kHeaderSize;
        const std::uint64_t wanted = last - first, there = bytes.size() - at;  // wanted: less 1, so that it fits
        if (there <= wanted)
            facts.findings.add(
                FindingId::DumpCutOff,
                fmt::format("the file is cut off: of the range from {:#x} to {:#x} it has {} bytes; copy "
                            "it again in full",
                            first, last, there));
        const std::uint64_t size = there <= wanted ? there : wanted + 1;
        ranges.push_back({{first}, *slice(bytes, at, size)});
        at += size;
    }
    if (ranges.empty()) return Error{ErrorCode::Corrupt, "a LiME dump without memory: " + facts.findings.front().text};
    return ranged_source(MappedRanges(file, std::move(ranges)), std::move(facts));
}

}  // namespace kstrax
