// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/dumps/kdump_image.hpp"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zstd.h>

#include <algorithm>
#include <stdexcept>

namespace kstrax::test {

namespace {

template <typename T>
void put(std::string& bytes, std::uint64_t at, T value) {
    if (bytes.size() < at + sizeof value) bytes.resize(at + sizeof value);
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

void append_big_endian(std::string& bytes, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
}

/// In header and sub-header, by the size of a long. Block size and counts follow `status`.
struct HeaderPlaces {
    std::size_t status;
    std::uint64_t split, frames, vmcoreinfo, frames_64, max_frames;
};
constexpr HeaderPlaces kPlaces32{412, 0x08, 0x0c, 0x14, 0x38, 0x48};
constexpr HeaderPlaces kPlaces64{424, 0x0c, 0x10, 0x20, 0x50, 0x60};
constexpr std::size_t kSystemName = 12;
constexpr std::size_t kMachineName = kSystemName + 4 * 65;  // utsname.machine

unsigned char* unsigned_bytes(std::string& bytes) {
    return static_cast<unsigned char*>(static_cast<void*>(bytes.data()));
}

}  // namespace

std::string compress(Codec codec, std::string_view page) {
    std::string out(page.size() * 2 + 1024, '\0');
    switch (codec) {
        case Codec::Plain:
            return std::string(page);
        case Codec::Zlib: {
            auto* compressor = libdeflate_alloc_compressor(6);
            out.resize(libdeflate_zlib_compress(compressor, page.data(), page.size(), out.data(), out.size()));
            libdeflate_free_compressor(compressor);
            return out;
        }
        case Codec::Lzo: {
            std::string work(LZO1X_1_MEM_COMPRESS, '\0');
            std::string in(page);
            lzo_uint size = out.size();
            if (lzo1x_1_compress(unsigned_bytes(in), in.size(), unsigned_bytes(out), &size, work.data()) != LZO_E_OK)
                throw std::runtime_error("lzo");
            out.resize(size);
            return out;
        }
        case Codec::Snappy: {
            std::size_t size = out.size();
            if (snappy_compress(page.data(), page.size(), out.data(), &size) != SNAPPY_OK)
                throw std::runtime_error("snappy");
            out.resize(size);
            return out;
        }
        case Codec::Zstd:
            out.resize(ZSTD_compress(out.data(), out.size(), page.data(), page.size(), 1));
            return out;
    }
    throw std::runtime_error("no such codec");
}

KdumpImage kdump_image(const Memory& memory, const KdumpForm& form) {
    const std::uint64_t block = memory.page_size();
    const std::uint64_t frames = memory.size() / block;
    const std::uint64_t bitmap_blocks = (frames + block * 8 - 1) / (block * 8);
    const HeaderPlaces& at = form.word_size == 4 ? kPlaces32 : kPlaces64;
    std::string bytes = "KDUMP   ";
    put(bytes, 8, form.version);
    bytes.resize(at.status);
    if (!form.machine.empty()) bytes.replace(kSystemName, 5, "Linux");
    bytes.replace(kMachineName, form.machine.size(), form.machine);
    put(bytes, at.status, form.status);
    put(bytes, at.status + 4, static_cast<std::uint32_t>(block));
    put(bytes, at.status + 8, std::uint32_t{1});
    put(bytes, at.status + 12, static_cast<std::uint32_t>(2 * bitmap_blocks));
    put(bytes, at.status + 16, static_cast<std::uint32_t>(form.version < 6 ? frames : 0));
    put(bytes, block + at.split, static_cast<std::uint32_t>(form.part.has_value()));
    const auto put_range = [&](std::uint64_t place, auto first, auto end) {
        put(bytes, place, first);
        put(bytes, place + sizeof first, end);
    };
    const FrameRange part = form.part.value_or(FrameRange{});
    if (form.part && form.version >= 6) put_range(block + at.frames_64, part.first, part.end);
    else if (form.part && form.word_size == 8) put_range(block + at.frames, part.first, part.end);
    else if (form.part)
        put_range(block + at.frames, static_cast<std::uint32_t>(part.first), static_cast<std::uint32_t>(part.end));
    if (form.version >= 6) put(bytes, block + at.max_frames, frames);

    KdumpImage image;
    image.bitmap = (2 + bitmap_blocks) * block;
    image.descriptors = image.bitmap + bitmap_blocks * block;
    bytes.resize(image.descriptors);
    const auto set = [&](std::uint64_t bitmap, std::uint64_t frame) {
        char& byte = bytes[bitmap + frame / 8];
        byte = static_cast<char>(byte | (1 << (frame % 8)));
    };
    for (std::uint64_t frame = 0; frame < frames; ++frame) set(2 * block, frame);  // that exist
    for (const auto& [frame, page] : memory.pages()) set(image.bitmap, frame);     // that were dumped

    const auto stored_here = [&](std::uint64_t frame) { return frame >= part.first && frame < part.end; };
    std::uint64_t descriptor = image.descriptors;
    image.data = descriptor;
    for (const auto& [frame, page] : memory.pages())
        if (stored_here(frame)) image.data += 24;
    bytes.resize(image.data);
    std::uint64_t zeros = 0;  // pages of zeros are stored once
    for (const auto& [frame, page] : memory.pages()) {
        if (!stored_here(frame)) continue;
        const bool zero = page.find_first_not_of('\0') == page.npos;
        std::string stored = compress(form.codec, page);
        Codec codec = form.codec;
        if (stored.size() >= page.size()) {
            stored = page;
            codec = Codec::Plain;
        }
        const std::uint64_t offset = zero && zeros != 0 ? zeros : bytes.size();
        put(bytes, descriptor, offset);
        put(bytes, descriptor + 8, static_cast<std::uint32_t>(stored.size()));
        put(bytes, descriptor + 12, static_cast<std::uint32_t>(codec));
        descriptor += 24;
        if (offset == bytes.size()) bytes.append(stored);
        if (zero) zeros = offset;
    }
    if (!form.vmcoreinfo.empty()) {
        put(bytes, block + at.vmcoreinfo, std::uint64_t{bytes.size()});
        put(bytes, block + at.vmcoreinfo + 8, static_cast<std::uint32_t>(form.vmcoreinfo.size()));
        bytes.append(form.vmcoreinfo);
    }
    image.bytes = std::move(bytes);
    return image;
}

std::string flattened(const std::vector<FlatRecord>& records, bool whole) {
    std::string file = "makedumpfile";
    file.resize(16);
    append_big_endian(file, 1);
    append_big_endian(file, 1);
    file.resize(4096);
    for (const FlatRecord& record : records) {
        append_big_endian(file, record.offset);
        append_big_endian(file, record.bytes.size());
        file.append(record.bytes);
    }
    if (whole) file.append(16, '\xff');
    return file;
}

std::vector<FlatRecord> shuffled_records(std::string_view file, std::size_t most, std::uint64_t seed) {
    Random random(seed);
    std::vector<FlatRecord> records;
    for (std::size_t at = 0; at < file.size();) {
        const std::size_t size = 1 + random.below(most);
        records.push_back({at, std::string(file.substr(at, size))});
        at += size;
    }
    for (std::size_t i = records.size(); i > 1; --i) std::swap(records[i - 1], records[random.below(i)]);
    std::vector<FlatRecord> all;
    for (std::size_t i = 0; i < records.size() / 4 + 1; ++i) {
        const std::size_t at = random.below(file.size());
        all.push_back({at, std::string(1 + random.below(std::min(most * 3, file.size() - at)), '?')});
    }
    all.insert(all.end(), records.begin(), records.end());
    return all;
}

std::string raw_image(const Memory& memory) {
    std::string bytes(memory.size(), '\0');
    for (const auto& [frame, page] : memory.pages()) bytes.replace(frame * page.size(), page.size(), page);
    return bytes;
}

}  // namespace kstrax::test
