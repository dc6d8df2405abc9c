// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/files/records.hpp"

#include <cstring>

namespace kstrax {

std::vector<std::byte> file_head(const kstrax_facts& facts, CpuId cpu, const kstrax_filter* filter,
                                 std::uint64_t start_position) {
    constexpr unsigned char kMagic[8] = KSTRAX_FILE_MAGIC;
    kstrax_file_header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = KSTRAX_FILE_VERSION;
    header.header_size = sizeof header + (filter == nullptr ? 0 : sizeof(kstrax_file_filter));
    header.facts = facts;
    header.start_position = start_position;
    header.cpu = cpu;
    seal(header);
    const Bytes bytes = bytes_of(header);
    std::vector<std::byte> head(bytes.begin(), bytes.end());
    if (filter != nullptr) {
        const kstrax_file_filter record = filter_record(*filter);
        const Bytes more = bytes_of(record);
        head.insert(head.end(), more.begin(), more.end());
    }
    return head;
}

kstrax_file_filter filter_record(const kstrax_filter& filter) {
    kstrax_file_filter record{};
    record.magic = KSTRAX_FILE_FILTER;
    record.filter = filter;
    seal(record);
    return record;
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
