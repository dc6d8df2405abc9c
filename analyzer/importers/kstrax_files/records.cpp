// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_files/records.hpp"

#include <cstring>

namespace kstrax {

namespace {

void append(std::vector<std::byte>& head, Bytes bytes) { head.insert(head.end(), bytes.begin(), bytes.end()); }

}  // namespace

std::vector<std::byte> file_head(const SetHead& set, CpuId cpu, std::uint64_t start_position) {
    constexpr unsigned char kMagic[8] = KSTRAX_FILE_MAGIC;
    kstrax_file_header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = KSTRAX_FILE_VERSION;
    header.header_size = sizeof header + (set.filter ? sizeof(kstrax_file_filter) : 0) + sizeof(kstrax_file_more);
    header.facts = set.facts;
    header.facts.possible_cpus = set.files;
    header.start_position = start_position;
    header.cpu = cpu;
    seal(header);
    std::vector<std::byte> head;
    append(head, bytes_of(header));
    if (set.filter) {
        kstrax_file_filter record{};
        record.magic = KSTRAX_FILE_FILTER;
        record.filter = *set.filter;
        seal(record);
        append(head, bytes_of(record));
    }
    kstrax_file_more more{};
    more.magic = KSTRAX_FILE_MORE;
    more.possible_cpus = set.facts.possible_cpus;
    more.clock = set.clock;
    seal(more);
    append(head, bytes_of(more));
    return head;
}

kstrax_chunk chunk_record(const SlotRun& run) {
    kstrax_chunk chunk{};
    chunk.magic = KSTRAX_CHUNK_ENTRIES;
    chunk.count = static_cast<std::uint32_t>(run.count);
    chunk.first_position = run.first_position;
    chunk.overwritten_before = run.overwritten_before;
    chunk.unreadable_before = run.unreadable_before;
    chunk.data_crc = crc32(run.slots);
    seal(chunk);
    return chunk;
}

}  // namespace kstrax
