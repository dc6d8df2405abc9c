// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/live/recorder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "analyzer/files/buffer_stream.hpp"
#include "analyzer/files/records.hpp"
#include "analyzer/live/ring_copier.hpp"

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

    Result<void> create(const std::string& name, const kstrax_facts& facts, const kstrax_filter& filter) {
        filter_ = filter;
        auto stream = BufferStream::create(fmt::format("{}_{}", name, ring_.cpu),
                                           file_head(facts, ring_.cpu, &filter_, start_));
        if (!stream) return stream.error();
        stream_ = std::move(*stream);
        return {};
    }
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
    Result<void> finish(std::uint64_t end, const LiveDevice& device, bool disk_full) {
        kstrax_file_end mark{};
        mark.head = account_.written = std::max(end, copier_.position());
        account_.not_written = account_.written - start_ - account_.copied - account_.overwritten;
        mark.overwritten_before = not_in_a_chunk_;
        mark.unreadable_before = account_.not_written;
        for (std::size_t cause = 0; cause < KSTRAX_LOST_CAUSES; ++cause)
            mark.lost[cause] = ring_.descriptor->lost[cause];
        mark.end = device.end();
        if (disk_full) mark.flags |= KSTRAX_END_DISK_FULL;
        const kstrax_filter filter = device.filter();
        if (std::memcmp(&filter, &filter_, sizeof filter) != 0)
            if (auto changed = stream_->change_filter(filter); !changed) return changed;
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
    kstrax_filter filter_{};  // as the file has it
    std::uint64_t not_in_a_chunk_ = 0;  // overwritten since the last chunk
};

using Tracks = std::vector<std::unique_ptr<Track>>;

/// CPUs that the kernel numbers, but can never have.
Result<void> write_empty_files(const Tracks& tracks, const CopyRequest& request, const LiveDevice& device) {
    const kstrax_facts& facts = device.facts();
    const kstrax_filter filter = device.filter();
    for (CpuId cpu = 0; cpu < facts.possible_cpus; ++cpu) {
        if (std::any_of(tracks.begin(), tracks.end(), [cpu](const auto& track) { return track->cpu() == cpu; })) continue;
        auto stream = BufferStream::create(fmt::format("{}_{}", request.name, cpu), file_head(facts, cpu, &filter));
        if (!stream) return stream.error();
        kstrax_file_end end{};
        end.flags = KSTRAX_END_NO_RING;
        if (const auto finished = (*stream)->finish(end); !finished) return finished.error();
    }
    return {};
}

Result<void> create_files(const Tracks& tracks, const CopyRequest& request, const LiveDevice& device) {
    const kstrax_filter filter = device.filter();
    Result<void> made;
    for (const auto& track : tracks)
        if (made) made = track->create(request.name, device.facts(), filter);
    if (made) made = write_empty_files(tracks, request, device);
    if (!made)
        for (const auto& track : tracks) track->remove();
    return made;
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
    const auto rings = device.map_rings();
    if (!rings) return rings.error();
    Tracks tracks;
    for (const LiveRing& ring : *rings) tracks.push_back(std::make_unique<Track>(ring, request.buffer_entries));
    if (const auto made = create_files(tracks, request, device); !made) return made.error();

    CopyAccount account;
    milliseconds pause{0};
    while (!request.wait(pause)) {
        const auto fullest = copy_round(tracks, device, request);
        if (!fullest) {
            account.trouble = fullest.error();
            break;
        }
        pause = next_wait(*fullest, pause);
    }
    std::vector<std::uint64_t> ends;
    for (const auto& track : tracks) ends.push_back(track->head());
    if (!account.trouble) {
        if (auto copied = copy_rest(tracks, ends, device, request); !copied) account.trouble = copied.error();
    }
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        auto finished = tracks[i]->finish(ends[i], device, account.trouble.has_value());
        if (!finished && !account.trouble) account.trouble = finished.error();
        account.cpus.push_back(tracks[i]->account());
    }
    return account;
}

}  // namespace kstrax
