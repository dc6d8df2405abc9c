// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "analyzer/base/output_file.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/importers/kstrax_files/records.hpp"

namespace kstrax {

namespace {

/// `track`: null for a CPU that has none.
void write_slots(OutputFile& file, const Recording& recording, CpuId cpu, const CpuTrack* track) {
    kstrax_file_end end{};
    end.magic = KSTRAX_CHUNK_END;
    end.end = abi_end(recording.end);
    if (!recording.findings.empty()) end.flags |= KSTRAX_END_DAMAGED;
    if (track == nullptr) {
        const bool missing = std::ranges::binary_search(recording.missing, cpu);
        end.flags |= missing ? KSTRAX_END_RING_MISSING : KSTRAX_END_NO_RING;
    } else {
        end.head = track->head;
        for (std::size_t cause = 0; cause < track->lost.size(); ++cause) end.lost[cause] = track->lost[cause];
        const auto slots = track->slots->open();
        while (const auto run = slots->next()) {
            if (run->count == 0) {  // what is missing at the end
                end.overwritten_before += run->overwritten_before;
                end.unreadable_before += run->unreadable_before;
                continue;
            }
            const kstrax_chunk chunk = chunk_record(*run);
            (void)file.write(as_text(bytes_of(chunk)));
            (void)file.write(as_text(run->slots));
        }
    }
    seal(end);
    (void)file.write(as_text(bytes_of(end)));
}

SetHead head_of(const Recording& recording) {
    SetHead set{.facts = abi_facts(recording), .clock = abi_clock(recording.clock), .filter = {}, .files = 1};
    if (recording.only) set.filter = abi_filter(*recording.only);
    if (!recording.cpus.empty()) set.files = recording.cpus.back().cpu + 1;
    if (!recording.missing.empty()) set.files = std::max<std::uint32_t>(set.files, recording.missing.back() + 1);
    return set;
}

}  // namespace

Result<std::vector<std::string>> write_buffer_files(const Recording& recording, const std::string& name,
                                                    std::span<const FileIdentity> inputs) {
    if (std::ranges::any_of(recording.cpus, [](const CpuTrack& track) { return track.slots == nullptr; }))
        return Error{ErrorCode::Usage, name + ": buffer files hold the slots of rings, and there are none"};
    const SetHead set = head_of(recording);
    std::vector<std::unique_ptr<OutputFile>> files;
    auto track = recording.cpus.begin();
    for (CpuId cpu = 0; cpu < set.files; ++cpu) {
        auto file = OutputFile::create(fmt::format("{}_{}", name, cpu), inputs);
        if (!file) return file.error();
        (void)(*file)->write(as_text(file_head(set, cpu)));
        const bool has_ring = track != recording.cpus.end() && track->cpu == cpu;
        write_slots(**file, recording, cpu, has_ring ? &*track : nullptr);
        if (has_ring) ++track;
        // A machine may have more CPUs than a process may have open files. And no file gets
        // its name before all are written: a full disk leaves no half of a set.
        if (const auto closed = (*file)->close(); !closed) return closed.error();
        files.push_back(std::move(*file));
    }
    std::vector<std::string> paths;
    for (const auto& file : files) {
        if (const auto committed = file->commit(); !committed) {
            for (const std::string& path : paths) ::unlink(path.c_str());  // no half of a set
            return committed.error();
        }
        paths.push_back(file->path());
    }
    return paths;
}

}  // namespace kstrax
