// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/images/pci_hole.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace kstrax {

namespace {

// ACPI 6.4, 5.2.5: the root pointer, in the BIOS area, at a multiple of 16 bytes.
constexpr std::string_view kPointer = "RSD PTR ";
constexpr std::uint64_t kPointerSize = 20;
constexpr std::uint64_t kBiosArea = 0xe0000, kBiosEnd = 0x100000;
constexpr std::uint64_t kLeastTable = 36, kMostTable = 4096;

// Where QEMU's machines (i440FX, Q35) and Xen's put the hole. QEMU: hw/i386/pc_piix.c, pc_q35.c.
constexpr std::array<std::uint64_t, 5> kHoles{0x80000000, 0xb0000000, 0xc0000000, 0xe0000000, 0xf0000000};
// Tables lie directly below it, but for what else the firmware keeps there.
constexpr std::uint64_t kMostBelow = std::uint64_t{16} << 20;

bool sums_to_zero(Bytes bytes) {
    return std::accumulate(bytes.begin(), bytes.end(), 0U, [](unsigned sum, std::byte byte) {
               return (sum + std::to_integer<unsigned>(byte)) & 0xff;
           }) == 0;
}

/// An image that has the hole: the firmware at its end, where the processor starts, or
/// nothing at all between memory and 4 GiB.
bool has_hole(Bytes image, std::uint64_t below) {
    constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;
    constexpr std::uint64_t kStart = kEnd - 16;  // of the processor's first instruction: a far jump
    constexpr std::uint64_t kStride = std::uint64_t{256} << 10;
    if (image.size() < kEnd) return false;
    if (image[kStart] == std::byte{0xea}) return true;
    for (std::uint64_t at = below; at < kEnd; at += kStride)
        if (std::ranges::any_of(*slice(image, at, 64), [](std::byte byte) { return byte != std::byte{}; }))
            return false;
    return true;
}

/// The address of the RSDT, if what stands there is one.
std::optional<std::uint64_t> root_table(Bytes image, Bytes pointer) {
    if (!sums_to_zero(pointer)) return std::nullopt;
    FieldReader fields(pointer);
    const std::uint64_t address = fields.u32(16);
    const auto head = slice(image, address, 8);
    if (!head || !as_text(*head).starts_with("RSDT")) return std::nullopt;
    const std::uint32_t size = FieldReader(*head).u32(4);
    const auto table = size >= kLeastTable && size <= kMostTable ? slice(image, address, size) : std::nullopt;
    return table && sums_to_zero(*table) ? std::optional(address) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> memory_below_hole(Bytes image) {
    for (std::uint64_t at = kBiosArea; at < kBiosEnd; at += 16) {
        const auto pointer = slice(image, at, kPointerSize);
        if (!pointer) return std::nullopt;
        if (!as_text(*pointer).starts_with(kPointer)) continue;
        const auto table = root_table(image, *pointer);
        if (!table) continue;
        const auto* hole = std::upper_bound(kHoles.begin(), kHoles.end(), *table);
        if (hole == kHoles.end() || *hole - *table > kMostBelow || *hole >= image.size() || has_hole(image, *hole))
            return std::nullopt;
        return *hole;
    }
    return std::nullopt;
}

}  // namespace kstrax
