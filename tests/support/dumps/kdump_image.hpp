// SPDX-License-Identifier: GPL-2.0-or-later
// Memory as a kdump-compressed dump, and any file in the flattened form.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/memory/kdump/kdump_header.hpp"
#include "tests/support/memory.hpp"

namespace kstrax::test {

/// The flags of a page descriptor.
enum class Codec : std::uint32_t { Plain = 0, Zlib = 1, Lzo = 2, Snappy = 4, Zstd = 0x20 };
inline constexpr Codec kCodecs[] = {Codec::Plain, Codec::Zlib, Codec::Lzo, Codec::Snappy, Codec::Zstd};

/// A page in the way of `codec`; may come out larger than the page.
[[nodiscard]] std::string compress(Codec codec, std::string_view page);

struct KdumpForm {
    Codec codec = Codec::Zlib;
    std::uint32_t version = 6;
    std::uint32_t status = 1;
    std::optional<FrameRange> part = std::nullopt;  // one file of a split dump: which frames it stores
    std::string vmcoreinfo = {};
    std::uint8_t word_size = 8;  // of the machine that writes it
    std::string machine = {};    // as uname has it
};

/// The file, and where its parts lie in it.
struct KdumpImage {
    std::string bytes;
    std::uint64_t bitmap = 0;  // of dumped pages, the second one
    std::uint64_t descriptors = 0;
    std::uint64_t data = 0;
};
[[nodiscard]] KdumpImage kdump_image(const Memory& memory, const KdumpForm& form = {});

/// A record of a flattened file: bytes that belong at an offset of the true file.
struct FlatRecord {
    std::uint64_t offset;
    std::string bytes;
};
/// `whole`: with the mark of the end.
[[nodiscard]] std::string flattened(const std::vector<FlatRecord>& records, bool whole = true);
/// A file in records of up to `most` bytes, in an order of the seed's, after
/// some that hold rubbish, which they replace.
[[nodiscard]] std::vector<FlatRecord> shuffled_records(std::string_view file, std::size_t most, std::uint64_t seed);

/// Offset = physical address; absent pages are zeros.
[[nodiscard]] std::string raw_image(const Memory& memory);

}  // namespace kstrax::test
