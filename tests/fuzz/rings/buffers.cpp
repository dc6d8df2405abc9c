// SPDX-License-Identifier: GPL-2.0-or-later
// Buffer files, read by their name. An input: what is made right again (a bit each: the header's CRC, the chunks'),
// which report, how long the first file is (16 bits), and the two files.
#include <filesystem>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "formats/kstrax_abi.h"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

namespace kstrax::fuzz {

namespace {

constexpr std::uint8_t kSealHeader = 1, kSealChunks = 2;

/// The files NAME_0 and NAME_1, which lie in memory.
struct Set {
    Set() {
        for (const int i : {0, 1})
            std::filesystem::create_symlink(files[i].path(), folder.path("trace_" + std::to_string(i)));
    }
    test::TempFolder folder;
    MemoryFile files[2];
};

void put(std::string& file, std::size_t at, std::uint32_t value) { file.replace(at, sizeof value, packed(value)); }

template <typename Record>
void seal_record(std::string& file, std::size_t at) {
    if (file.size() - at < sizeof(Record)) return;
    const Bytes covered = as_bytes(file).subspan(at, offsetof(Record, crc));
    put(file, at + offsetof(Record, crc), crc32(covered));
}

/// Wherever the magic number is.
template <typename Record>
void seal_all(std::string& file, std::uint32_t magic) {
    const std::string text = packed(magic);
    for (std::size_t at = file.find(text); at != file.npos; at = file.find(text, at + 1)) seal_record<Record>(file, at);
}

void seal_chunks(std::string& file, std::size_t slot) {
    const std::string text = packed(std::uint32_t{KSTRAX_CHUNK_ENTRIES});
    for (std::size_t at = file.find(text); at != file.npos; at = file.find(text, at + 1)) {
        const auto chunk = copy_record<kstrax_chunk>(as_bytes(file), at);
        if (!chunk) return;
        if (const auto slots = slice(as_bytes(file), at + sizeof *chunk, std::uint64_t{chunk->count} * slot))
            put(file, at + offsetof(kstrax_chunk, data_crc), crc32(*slots));
        seal_record<kstrax_chunk>(file, at);
    }
}

void run(Bytes bytes) {
    static const Set set;
    Input input(bytes);
    const std::uint8_t seals = input.byte();
    const std::uint8_t choice = input.byte();
    const std::size_t first = input.number<std::uint16_t>();
    std::string files[] = {std::string(as_text(input.take(first))), std::string(as_text(input.rest()))};
    for (const int i : {0, 1}) {
        const auto header = copy_record<kstrax_file_header>(as_bytes(files[i]));
        if (header && (seals & kSealHeader) != 0) seal_record<kstrax_file_header>(files[i], 0);
        if (header && (seals & kSealChunks) != 0) {
            seal_all<kstrax_file_filter>(files[i], KSTRAX_FILE_FILTER);
            seal_all<kstrax_file_more>(files[i], KSTRAX_FILE_MORE);
            seal_all<kstrax_file_end>(files[i], KSTRAX_CHUNK_END);
            seal_chunks(files[i], header->facts.entry_size);
        }
        set.files[i].fill(as_bytes(files[i]));
    }
    if (const auto opened = open_buffer_files(set.folder.path("trace"))) report(opened->recording, choice);
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (const std::string& script : scripts()) {
        const test::RingImage image(script);
        const test::SearchedMemory searched(image.memory);
        const test::TempFolder folder;
        require(write_buffer_files(searched.recording(), folder.path("trace"), {}).ok(), "seeds can be written");
        const std::string first = test::read_file(folder.path("trace_0"));
        const std::string second = test::read_file(folder.path("trace_1"));
        for (const std::uint8_t choice : std::initializer_list<std::uint8_t>{0, 1, 2, 3, 4, 6, 7, 11})
            all.push_back(packed(std::uint8_t{3}) + packed(choice) + packed(static_cast<std::uint16_t>(first.size())) +
                          first + second);
    }
    return all;
}

}  // namespace

extern const Target kBuffers;
const Target kBuffers{"buffers", 16 << 10, run, seeds};

}  // namespace kstrax::fuzz
