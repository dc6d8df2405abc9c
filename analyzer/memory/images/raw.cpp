// SPDX-License-Identifier: GPL-2.0-or-later
// A raw image: offset in the file = physical address, but for the hole of a PC below
// 4 GiB that the file may lack. Made by QEMU's pmemsave, a memory backend file, dd, or
// LiME's "padded" format. It has no header, so any large file may be one.
#include <algorithm>
#include <array>
#include <cmath>

#include "analyzer/memory/images/pci_hole.hpp"
#include "analyzer/memory/ranges/mapped_ranges.hpp"
#include "analyzer/memory/ranges/ranged_source.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kSmallest = std::uint64_t{1} << 20;  // no machine of ours has less memory
constexpr std::uint64_t kAboveHole = std::uint64_t{1} << 32;

/// Where the bytes of the image lie in memory.
std::vector<MappedRange> ranges_of(Bytes image) {
    const std::uint64_t below = memory_below_hole(image).value_or(image.size());
    const auto split = static_cast<std::size_t>(below);
    return {{{0}, image.first(split)}, {{kAboveHole}, image.subspan(split)}};
}

/// Bits a byte carries, by how often each value comes; a page of random bytes has 7.95.
double entropy(Bytes page) {
    std::array<unsigned, 256> counts{};
    for (const std::byte byte : page) ++counts[std::to_integer<std::size_t>(byte)];
    double bits = 0;
    for (const unsigned count : counts)
        if (count > 0) {
            const double share = static_cast<double>(count) / static_cast<double>(page.size());
            bits -= share * std::log2(share);
        }
    return bits;
}

/// Memory has pages of zeros, text and pointers; encrypted or compressed bytes have none.
bool is_noise(Bytes image) {
    constexpr std::uint64_t kSamples = 64;
    constexpr double kNoise = 7.8;
    const std::uint64_t pages = image.size() / kSmallestPage;
    for (std::uint64_t i = 0; i < kSamples; ++i)
        if (entropy(*slice(image, pages * i / kSamples * kSmallestPage, kSmallestPage)) < kNoise) return false;
    return true;
}

}  // namespace

SourceResult open_raw_image(const MappedFilePtr& file) {
    if (file->bytes().size() < kSmallest) return Error{ErrorCode::NotMine, "too small for a memory image"};
    if (is_noise(file->bytes()))
        return Error{ErrorCode::Unsupported,
                     "not a memory image: its bytes are as of something encrypted or "
                     "compressed; decrypt or unpack it first"};
    return ranged_source(MappedRanges(file, ranges_of(file->bytes())),
                         {"raw image of physical memory", MemoryKind::RawImage, {}, {}, {}, {}});
}

}  // namespace kstrax
