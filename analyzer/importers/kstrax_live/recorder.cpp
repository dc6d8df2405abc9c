// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_live/recorder.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "analyzer/importers/kstrax_files/buffer_stream.hpp"
#include "analyzer/importers/kstrax_files/records.hpp"
#include "analyzer/importers/kstrax_live/ring_copier.hpp"

namespace kstrax {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Few entries wait in their ring, where they are as safe as in a file's cache.
constexpr milliseconds kLongestWait{1000};
constexpr milliseconds kShortestWait{1};

/// One CPU's way from ring to file.
class Track {
  public:
    Track(const LiveRing& ring, std::uint64_t buffer_entries)
        : ring_(ring), start_(ring.descriptor->cursor), copier_(ring_, start_, buffer_entries) {
        account_.cpu = ring.cpu;
        account_.start = start_;
    }
    Track(const Track&) = delete;
    Track& operator=(const Track&) = delete;

    Result<void> create(const std::string& name, const SetHead& set) {
        auto stream = BufferStream::create(fmt::format("{}_{}", name, ring_.cpu), file_head(set, ring_.cpu, start_));
        if (!stream) return stream.error();
        stream_ = std::move(*stream);
        return {};
    }
    Result<void> tell(const SetHead& set) { return stream_->rewrite(file_head(set, ring_.cpu, start_)); }
    void remove() {
        if (stream_) ::unlink(stream_->path().c_str());
    }

    [[nodiscard]] std::uint64_t head() const { return settled_head(ring_); }
    [[nodiscard]] std::uint64_t waiting() const {
        const std::uint64_t written = head();
        return written - std::min(written, copier_.position());
    }
    [[nodiscard]] std::uint64_t capacity() const { return ring_.entries; }
    [[nodiscard]] CpuId cpu() const { return ring_.cpu; }
    /// Everything before it is in the file, or has been overwritten.
    [[nodiscard]] std::uint64_t position() const { return copier_.position(); }
    [[nodiscard]] const CpuAccount& account() const { return account_; }

    /// One buffer full, if there is anything before `end`.
    Result<void> copy(std::uint64_t end) {
        auto run = copier_.copy(end);
        if (!run) return {};
        account_.overwritten += run->overwritten_before;
        run->overwritten_before += not_in_a_chunk_;
        not_in_a_chunk_ = run->overwritten_before;
        if (run->count == 0) return {};
        if (auto written = stream_->append(*run); !written) {
            account_.not_written += run->count;
            return written;
        }
        not_in_a_chunk_ = 0;
        account_.copied += run->count;
        return {};
    }

    /// What is between the last chunk and `end`, and not overwritten, is missing.
    Result<void> finish(std::uint64_t end, const kstrax_end& recording_end, bool disk_full) {
        kstrax_file_end mark{};
        mark.head = account_.written = std::max(end, copier_.position());
        account_.not_written = account_.written - start_ - account_.copied - account_.overwritten;
        mark.overwritten_before = not_in_a_chunk_;
        mark.unreadable_before = account_.not_written;
        for (std::size_t cause = 0; cause < KSTRAX_LOST_CAUSES; ++cause)
            mark.lost[cause] = ring_.descriptor->lost[cause];
        account_.names_cut = mark.lost[KSTRAX_LOST_PATH_CUT];
        mark.end = recording_end;
        if (disk_full) mark.flags |= KSTRAX_END_DISK_FULL;
        const auto finished = stream_->finish(mark);
        if (!finished) return finished.error();
        account_.copied -= finished->dropped;
        account_.not_written += finished->dropped;
        return {};
    }

  private:
    LiveRing ring_;
    std::uint64_t start_;
    RingCopier copier_;
    std::unique_ptr<BufferStream> stream_;
    CpuAccount account_;
    std::uint64_t not_in_a_chunk_ = 0;  // overwritten since the last chunk
};

using Tracks = std::vector<std::unique_ptr<Track>>;

const Track* find_track(const Tracks& tracks, CpuId cpu) {
    const auto found = std::ranges::find(tracks, cpu, [](const auto& track) { return track->cpu(); });
    return found == tracks.end() ? nullptr : found->get();
}

std::uint32_t files_for(const Tracks& tracks) {
    std::uint32_t files = 1;
    for (const auto& track : tracks) files = std::max(files, track->cpu() + 1);
    return files;
}

/// Begins with the rings that have come since the last time.
Result<void> add_rings(Tracks& tracks, SetHead& set, LiveDevice& device, const CopyRequest& request) {
    const std::size_t old = tracks.size();
    for (CpuId cpu = 0; cpu < device.facts().possible_cpus; ++cpu) {
        if (!device.has_ring(cpu) || find_track(tracks, cpu) != nullptr) continue;
        const auto ring = device.map_ring(cpu);
        if (!ring) return ring.error();
        tracks.push_back(std::make_unique<Track>(*ring, request.buffer_entries));
    }
    if (tracks.size() == old) return {};
    set.files = files_for(tracks);
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const auto done = i < old ? tracks[i]->tell(set) : tracks[i]->create(request.name, set);
        if (done) continue;
        while (tracks.size() > old) {
            tracks.back()->remove();
            tracks.pop_back();
        }
        return done;
    }
    return {};
}

Result<void> tell_all(const Tracks& tracks, const SetHead& set) {
    for (const auto& track : tracks)
        if (auto told = track->tell(set); !told) return told;
    return {};
}

/// Writes into the files that the clock has been set, if it has: a copy that is killed has it, too.
Result<void> note_clock(const Tracks& tracks, SetHead& set, const LiveDevice& device) {
    const kstrax_clock now = device.clock();
    if (now.count == set.clock.count && now.end_offset_ns == set.clock.end_offset_ns) return {};
    set.clock = now;
    return tell_all(tracks, set);
}

/// What was true when the copy ended.
Result<void> note_end(const Tracks& tracks, SetHead& set, const LiveDevice& device) {
    const kstrax_filter filter = device.filter();
    if (std::memcmp(&filter, &*set.filter, sizeof filter) == 0) return note_clock(tracks, set, device);
    set.filter = filter;
    set.clock = device.clock();
    return tell_all(tracks, set);
}

/// A file for a CPU between others that had no ring; and for one that ran all the same, as there was no memory for one.
Result<void> write_file_without_ring(CpuId cpu, std::uint64_t records, const SetHead& set, const CopyRequest& request) {
    auto stream = BufferStream::create(fmt::format("{}_{}", request.name, cpu), file_head(set, cpu));
    if (!stream) return stream.error();
    kstrax_file_end end{};
    end.flags = records == 0 ? KSTRAX_END_NO_RING : KSTRAX_END_DAMAGED;
    end.head = end.unreadable_before = records;
    if (const auto finished = (*stream)->finish(end); !finished) return finished.error();
    return {};
}

Result<void> write_files_without_ring(const Tracks& tracks, SetHead& set, LiveDevice& device,
                                      const CopyRequest& request, CopyAccount& account) {
    std::vector<std::uint64_t> records(device.facts().possible_cpus);
    for (CpuId cpu = 0; cpu < records.size(); ++cpu) {
        records[cpu] = device.descriptor(cpu).lost[KSTRAX_LOST_NO_RING];
        if (records[cpu] > 0) set.files = std::max(set.files, cpu + 1);
    }
    if (set.files > files_for(tracks))
        if (auto told = tell_all(tracks, set); !told) return told;
    for (CpuId cpu = 0; cpu < set.files; ++cpu) {
        if (find_track(tracks, cpu) != nullptr) continue;
        if (auto written = write_file_without_ring(cpu, records[cpu], set, request); !written) return written;
        if (records[cpu] == 0) continue;
        account.cpus.push_back({.cpu = cpu, .written = records[cpu], .not_kept = records[cpu]});
    }
    std::ranges::sort(account.cpus, {}, &CpuAccount::cpu);
    return {};
}

/// So that the ring that fills fastest is a quarter full at the next look.
milliseconds next_wait(std::uint64_t fullest_percent, milliseconds last) {
    if (fullest_percent >= 50) return milliseconds{0};
    if (fullest_percent >= 25) return std::max(last / 2, kShortestWait);
    if (fullest_percent >= 12) return std::max(last, kShortestWait);
    return std::clamp(last * 2, kShortestWait, kLongestWait);
}

/// One buffer full of each ring. Answers how full the fullest was, in percent.
Result<std::uint64_t> copy_round(const Tracks& tracks, LiveDevice& device, const CopyRequest& request) {
    std::uint64_t fullest = 0;
    for (const auto& track : tracks) {
        const std::uint64_t waiting = track->waiting();
        if (waiting == 0) continue;
        fullest = std::max(fullest, std::min(waiting, track->capacity()) * 100 / track->capacity());
        if (auto copied = track->copy(track->head()); !copied) return copied.error();
        if (waiting > request.buffer_entries) fullest = std::max<std::uint64_t>(fullest, 50);  // there is more
        if (request.keep) continue;
        if (auto taken = device.take(track->cpu(), track->position()); !taken) return taken.error();
    }
    return fullest;
}

/// All that is there when the user wants an end.
Result<void> copy_rest(const Tracks& tracks, const std::vector<std::uint64_t>& ends, LiveDevice& device,
                       const CopyRequest& request) {
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        while (tracks[i]->position() < ends[i])
            if (auto copied = tracks[i]->copy(ends[i]); !copied) return copied;
        if (request.keep) continue;
        if (auto taken = device.take(tracks[i]->cpu(), tracks[i]->position()); !taken) return taken;
    }
    return {};
}

}  // namespace

Result<CopyAccount> copy_rings(LiveDevice& device, const CopyRequest& request) {
    Tracks tracks;
    SetHead set{.facts = device.facts(), .clock = device.clock(), .filter = device.filter(), .files = 1};
    if (const auto begun = add_rings(tracks, set, device, request); !begun) return begun.error();

    CopyAccount account;
    milliseconds pause{0};
    while (!request.wait(pause)) {
        if (auto added = add_rings(tracks, set, device, request); !added) account.trouble = added.error();
        if (auto noted = note_clock(tracks, set, device); !noted) account.trouble = noted.error();
        const auto fullest = copy_round(tracks, device, request);
        if (!fullest) account.trouble = fullest.error();
        if (account.trouble) break;
        pause = next_wait(*fullest, pause);
    }
    if (!account.trouble)
        if (auto added = add_rings(tracks, set, device, request); !added) account.trouble = added.error();
    std::vector<std::uint64_t> ends;
    for (const auto& track : tracks) ends.push_back(track->head());
    if (!account.trouble) {
        if (auto copied = copy_rest(tracks, ends, device, request); !copied) account.trouble = copied.error();
    }
    if (auto noted = note_end(tracks, set, device); !noted && !account.trouble) account.trouble = noted.error();
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        auto finished = tracks[i]->finish(ends[i], device.end(), account.trouble.has_value());
        if (!finished && !account.trouble) account.trouble = finished.error();
        account.cpus.push_back(tracks[i]->account());
    }
    auto rest = write_files_without_ring(tracks, set, device, request, account);
    if (!rest && !account.trouble) account.trouble = rest.error();
    return account;
}

}  // namespace kstrax
