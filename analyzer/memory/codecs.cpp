// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/codecs.hpp"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace kstrax {

namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* what) const {
        Free(what);
    }
};

bool expand_plain(Bytes stored, MutableBytes page) {
    if (stored.size() != page.size()) return false;
    std::copy(stored.begin(), stored.end(), page.begin());
    return true;
}

libdeflate_result inflate_zlib(Bytes stored, MutableBytes page) {
    // A decompressor serves one thread at a time and costs an allocation: one a thread.
    thread_local const std::unique_ptr<libdeflate_decompressor, Freed<libdeflate_free_decompressor>> codec(
        libdeflate_alloc_decompressor());
    if (!codec) return LIBDEFLATE_BAD_DATA;
    return libdeflate_zlib_decompress(codec.get(), stored.data(), stored.size(), page.data(), page.size(), nullptr);
}

bool expand_zlib(Bytes stored, MutableBytes page) { return inflate_zlib(stored, page) == LIBDEFLATE_SUCCESS; }

bool expand_lzo(Bytes stored, MutableBytes page) {
    lzo_uint size = page.size();
    const auto* in = static_cast<const unsigned char*>(static_cast<const void*>(stored.data()));
    auto* out = static_cast<unsigned char*>(static_cast<void*>(page.data()));
    return lzo1x_decompress_safe(in, stored.size(), out, &size, nullptr) == LZO_E_OK && size == page.size();
}

bool expand_snappy(Bytes stored, MutableBytes page) {
    std::size_t size = page.size();
    auto* out = static_cast<char*>(static_cast<void*>(page.data()));
    // Its length field is checked first: the library writes as much as that says.
    std::size_t announced = 0;
    const char* in = as_text(stored).data();
    if (snappy_uncompressed_length(in, stored.size(), &announced) != SNAPPY_OK || announced != size) return false;
    return snappy_uncompress(in, stored.size(), out, &size) == SNAPPY_OK && size == page.size();
}

bool expand_zstd(Bytes stored, MutableBytes page) {
    thread_local const std::unique_ptr<ZSTD_DCtx, Freed<ZSTD_freeDCtx>> codec(ZSTD_createDCtx());
    return codec &&
           ZSTD_decompressDCtx(codec.get(), page.data(), page.size(), stored.data(), stored.size()) == page.size();
}

struct Codec {
    std::uint32_t flag;  // DUMP_DH_COMPRESSED_… of makedumpfile's and crash's diskdump format
    const char* name;
    bool (*expand)(Bytes stored, MutableBytes page);
};

constexpr std::array kCodecs{
    Codec{0x00, "uncompressed", expand_plain}, Codec{0x01, "zlib", expand_zlib}, Codec{0x02, "lzo", expand_lzo},
    Codec{0x04, "snappy", expand_snappy},      Codec{0x20, "zstd", expand_zstd},
};

}  // namespace

Result<void> expand_page(std::uint32_t flags, Bytes stored, MutableBytes page) {
    const auto* codec = std::find_if(kCodecs.begin(), kCodecs.end(), [&](const Codec& c) { return c.flag == flags; });
    if (codec == kCodecs.end())
        return Error{ErrorCode::Unsupported, "page stored in an unknown way (flags " + std::to_string(flags) + ")"};
    if (!codec->expand(stored, page))
        return Error{ErrorCode::Corrupt, std::string("page does not expand to its size (") + codec->name + ")"};
    return {};
}

bool expands_beyond_a_page(Bytes stored) {
    std::array<std::byte, 4096> page;
    return inflate_zlib(stored, page) == LIBDEFLATE_INSUFFICIENT_SPACE;
}

}  // namespace kstrax
