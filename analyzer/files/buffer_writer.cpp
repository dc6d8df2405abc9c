// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <cstring>

#include "analyzer/base/crc32.hpp"
#include "analyzer/base/output_file.hpp"
#include "analyzer/files/buffer_files.hpp"

namespace kstrax {

namespace {

constexpr unsigned char kMagic[8] = KSTRAX_FILE_MAGIC;

/// Fills in the CRC over all fields before it.
template <typename T>
void seal(T& record) {
    record.crc = crc32(bytes_of(record).first(offsetof(T, crc)));
}

void write_header(OutputFile& file, const Recording& recording, CpuId cpu) {
    kstrax_file_header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = KSTRAX_FILE_VERSION;
    header.header_size = sizeof header;
    header.facts = recording.facts;
    header.cpu = cpu;
    seal(header);
    (void)file.write(as_text(bytes_of(header)));
}

/// `track`: null for a CPU that has none.
void write_slots(OutputFile& file, const Recording& recording, const CpuTrack* track) {
    kstrax_file_end end{};
    end.magic = KSTRAX_CHUNK_END;
    end.end = recording.end;
    if (!recording.damage.empty()) end.flags |= KSTRAX_END_DAMAGED;
    if (track == nullptr) {
        end.flags |= KSTRAX_END_NO_RING;
    } else {
        end.head = track->head;
        for (std::size_t cause = 0; cause < track->lost.size(); ++cause) end.lost[cause] = track->lost[cause];
        track->slots->rewind();
        while (const auto run = track->slots->next()) {
            if (run->count == 0) {  // what is missing at the end
                end.overwritten_before += run->overwritten_before;
                end.unreadable_before += run->unreadable_before;
                continue;
            }
            kstrax_chunk chunk{};
            chunk.magic = KSTRAX_CHUNK_ENTRIES;
            chunk.count = static_cast<std::uint32_t>(run->count);
            chunk.first_position = run->first_position;
            chunk.overwritten_before = run->overwritten_before;
            chunk.unreadable_before = run->unreadable_before;
            chunk.data_crc = crc32(run->slots);
            seal(chunk);
            (void)file.write(as_text(bytes_of(chunk)));
            (void)file.write(as_text(run->slots));
        }
    }
    seal(end);
    (void)file.write(as_text(bytes_of(end)));
}

}  // namespace

Result<std::vector<std::string>> write_buffer_files(const Recording& recording, const std::string& name,
                                                    std::span<const FileIdentity> inputs) {
    std::vector<std::unique_ptr<OutputFile>> files;
    auto track = recording.cpus.begin();
    for (CpuId cpu = 0; cpu < recording.facts.possible_cpus; ++cpu) {
        auto file = OutputFile::create(fmt::format("{}_{}", name, cpu), inputs);
        if (!file) return file.error();
        write_header(**file, recording, cpu);
        const bool has_ring = track != recording.cpus.end() && track->cpu == cpu;
        write_slots(**file, recording, has_ring ? &*track : nullptr);
        if (has_ring) ++track;
        // A machine may have more CPUs than a process may have open files. And no file gets
        // its name before all are written: a full disk leaves no half of a set.
        if (const auto closed = (*file)->close(); !closed) return closed.error();
        files.push_back(std::move(*file));
    }
    std::vector<std::string> paths;
    for (const auto& file : files) {
        if (const auto committed = file->commit(); !committed) return committed.error();
        paths.push_back(file->path());
    }
    return paths;
}

}  // namespace kstrax
