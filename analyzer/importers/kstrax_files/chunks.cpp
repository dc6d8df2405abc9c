// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_files/chunks.hpp"

#include <algorithm>

#include "analyzer/importers/kstrax/crc32.hpp"

namespace kstrax {

namespace {

/// A record at `offset` whose magic and CRC (over all before the crc field) are right.
template <typename T>
std::optional<T> sound_record(Bytes body, std::uint64_t offset, std::uint32_t magic) {
    const auto record = copy_record<T>(body, offset);
    if (!record || record->magic != magic) return std::nullopt;
    if (crc32(*slice(body, offset, offsetof(T, crc))) != record->crc) return std::nullopt;
    return record;
}

}  // namespace

void ChunkWalker::give_back_passed() {
    if (offset_ - given_back_ < kPagesStep) return;
    file_.give_back(*slice(body_, given_back_, offset_ - given_back_));
    given_back_ = offset_;
}

/// A file may be one chunk.
std::uint32_t ChunkWalker::crc_of(Bytes slots) const {
    if (slots.size() <= kPagesStep) return crc32(slots);
    std::uint32_t crc = 0;
    for (std::size_t at = 0; at < slots.size(); at += kPagesStep) {
        const Bytes part = slots.subspan(at, std::min(kPagesStep, slots.size() - at));
        crc = crc32(part, crc);
        file_.give_back(part);
    }
    return crc;
}

std::optional<Chunk> ChunkWalker::next() {
    std::uint64_t passed = 0;
    for (; !end_ && offset_ < body_.size(); ++offset_, ++passed) {
        give_back_passed();
        if (const auto end = sound_record<kstrax_file_end>(body_, offset_, KSTRAX_CHUNK_END)) {
            end_ = end;
            skipped_ += passed;
            break;
        }
        const auto header = sound_record<kstrax_chunk>(body_, offset_, KSTRAX_CHUNK_ENTRIES);
        if (!header || header->first_position < position_ || !checked_add(header->first_position, header->count))
            continue;
        Chunk chunk{.header = *header, .slots = {}};
        chunk.passed_over = passed;
        const std::uint64_t data = offset_ + sizeof *header;
        const std::uint64_t wanted = header->count * entry_size_;  // 32 bits times 16
        const std::uint64_t present = std::min<std::uint64_t>(wanted, body_.size() - data);
        chunk.slots = *slice(body_, data, present / entry_size_ * entry_size_);
        chunk.intact = present == wanted && (!check_slots_ || crc_of(chunk.slots) == header->data_crc);
        offset_ = data + present;
        position_ = header->first_position + header->count;
        skipped_ += passed;
        return chunk;
    }
    return std::nullopt;
}

}  // namespace kstrax
