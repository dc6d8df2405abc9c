// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/anchor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax_memory/rings/magic.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

namespace {

/// What a reader needs of a descriptor; a newer recorder's may be larger.
constexpr std::uint32_t kCpuNeeded = offsetof(kstrax_cpu, pad2);
constexpr std::uint32_t kMostCpuSize = 4096;

std::optional<std::string> implausible_sizes(const kstrax_anchor& block) {
    if (block.anchor_size < sizeof(kstrax_anchor) || block.anchor_size > block.cpu_offset)
        return fmt::format("anchor size is {}, expected {} to {}", block.anchor_size, sizeof(kstrax_anchor),
                           block.cpu_offset);
    if (block.cpu_offset > (1U << 20)) return fmt::format("descriptors begin at {}", block.cpu_offset);
    if (block.cpu_size < kCpuNeeded || block.cpu_size > kMostCpuSize)
        return fmt::format("descriptor size is {}, expected {} to {}", block.cpu_size, kCpuNeeded, kMostCpuSize);
    if (block.frames_size < sizeof(kstrax_frames) || block.frames_size > 2048)
        return fmt::format("frame-list header size is {}", block.frames_size);
    return std::nullopt;
}

}  // namespace

Result<Anchor> read_anchor(const MemorySource& source, PhysAddr at) {
    std::array<std::byte, sizeof(kstrax_anchor)> bytes{};
    if (const auto read = source.read(at, bytes); !read) return read.error();
    Anchor anchor{at, *copy_record<kstrax_anchor>(bytes)};
    const kstrax_anchor& block = anchor.block;
    const Magic magic = anchor_magic();
    if (!std::equal(magic.begin(), magic.end(), std::begin(block.magic)))
        return Error{ErrorCode::NotFound, "no anchor there", at.value};
    anchor.crc_ok = crc32(Bytes(bytes).first(offsetof(kstrax_anchor, crc))) == block.crc;
    // A copy in the page cache or in a nested dump is whole in itself, so its CRC holds.
    if (block.phys_addr != at.value && anchor.crc_ok)
        return Error{ErrorCode::NotFound,
                     fmt::format("a copy of the anchor that lies at {:#x}", std::uint64_t{block.phys_addr}), at.value};
    auto wrong = implausible(block.facts);
    if (!wrong) wrong = implausible_sizes(block);
    if (!wrong && block.phys_addr != at.value)
        wrong = fmt::format("it gives {:#x} as its own address", std::uint64_t{block.phys_addr});
    if (wrong) return Error{ErrorCode::Corrupt, *wrong, at.value};
    return anchor;
}

ClockSteps read_clock(const MemorySource& source, const Anchor& anchor) {
    std::array<std::byte, sizeof(kstrax_clock)> bytes{};
    if (anchor.block.anchor_size < sizeof(kstrax_anchor) + bytes.size()) return {};
    if (!source.read(anchor.at + sizeof(kstrax_anchor), bytes)) return {};
    return clock_of(*copy_record<kstrax_clock>(bytes));
}

Result<kstrax_cpu> read_cpu(const MemorySource& source, const Anchor& anchor, CpuId cpu) {
    std::array<std::byte, sizeof(kstrax_cpu)> bytes{};
    const PhysAddr at = anchor.at + anchor.block.cpu_offset + std::uint64_t{cpu} * anchor.block.cpu_size;
    const std::size_t size = std::min<std::size_t>(anchor.block.cpu_size, bytes.size());
    if (const auto read = source.read(at, MutableBytes(bytes).first(size)); !read) return read.error();
    const auto descriptor = *copy_record<kstrax_cpu>(bytes);
    if (descriptor.ring_virt != 0 && descriptor.cpu != cpu)
        return Error{ErrorCode::Corrupt, fmt::format("descriptor names CPU {}", std::uint32_t{descriptor.cpu}),
                     at.value};
    return descriptor;
}

}  // namespace kstrax
