// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/structure/types_search.hpp"

#include <fmt/core.h>
#include <linux/btf.h>

#include <vector>

#include "analyzer/kernel/structure/image_pages.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kImageSize = 64 << 20;
constexpr std::uint32_t kMostBytes = 64 << 20;
constexpr std::size_t kMostPlaces = 16;
constexpr std::size_t kStep = 4;  // the linker aligns them so

struct Place {
    std::uint64_t address = 0;
    std::size_t size = 0;
};

/// What headers of all versions begin with. Newer ones also say where layouts of types lie (seen in those of 7.2). The
/// <linux/btf.h> that this is built with may be newer than the dumped kernel, or older.
struct HeaderStart {
    std::uint16_t magic;
    std::uint8_t version, flags;
    std::uint32_t hdr_len, type_off, type_len, str_off, str_len;
};
constexpr std::uint32_t kLongestHeader = 64;
constexpr std::uint32_t kMostBetween = 4096;  // of layouts

/// As pahole writes it: first the types, and the texts behind them.
std::size_t size_by(const HeaderStart& header) {
    const std::uint64_t size = std::uint64_t{header.hdr_len} + header.str_off + header.str_len;
    const bool newer = header.hdr_len > sizeof header;
    const bool fits = header.magic == BTF_MAGIC && header.version == BTF_VERSION && header.flags == 0 &&
                      header.hdr_len >= sizeof header && header.hdr_len <= kLongestHeader && header.hdr_len % 4 == 0 &&
                      header.type_off == 0 && header.str_off >= header.type_len &&
                      header.str_off - header.type_len <= (newer ? kMostBetween : 0) && size <= kMostBytes;
    return fits ? static_cast<std::size_t>(size) : 0;
}

}  // namespace

Result<KernelTypes> search_kernel_types(KernelSpace& space) {
    std::vector<Place> places;
    each_image_page(space, kImageSize, [&](std::uint64_t at, Bytes bytes) {
        for (std::size_t offset = 0; offset < kSmallestPage; offset += kStep) {
            if (bytes[offset] != std::byte{BTF_MAGIC & 0xff} || bytes[offset + 1] != std::byte{BTF_MAGIC >> 8})
                continue;
            const auto header = copy_record<HeaderStart>(bytes, offset);
            const std::size_t size = header ? size_by(*header) : 0;
            if (size != 0 && places.size() < kMostPlaces) places.push_back({at + offset, size});
        }
    });
    std::optional<KernelTypes> found;
    for (const Place& place : places) {
        LargeBytes bytes(place.size);
        if (!space.read({place.address}, bytes)) continue;
        auto types = KernelTypes::open(std::move(bytes), space.architecture().word_size);
        if (!types || !types->size("task_struct")) continue;
        if (found) return Error{ErrorCode::NotFound, "the kernel's image holds several BTFs"};
        found.emplace(std::move(*types));
    }
    if (!found) return Error{ErrorCode::NotFound, "the kernel's image holds no BTF"};
    return std::move(*found);
}

}  // namespace kstrax
