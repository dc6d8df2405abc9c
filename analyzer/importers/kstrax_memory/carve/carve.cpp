// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/carve/carve.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <set>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/importers/kstrax_memory/carve/carve_known.hpp"
#include "analyzer/importers/kstrax_memory/carve/carve_tracks.hpp"

namespace kstrax {

namespace {

// 2 GiB of ring pages: more is hostile, or a machine that records nothing but itself.
constexpr std::size_t kMostRuns = 1 << 19;

struct FoundRuns {
    std::vector<EntryRun> runs;  ///< by page; those of one page, as its laps lie
    std::uint64_t left = 0;      ///< pages not looked at any more
};

/// Every page of memory, in parallel, shown to look(at, page, runs).
template <typename Look>
FoundRuns scan_runs(const MemorySource& source, const Look& look) {
    FoundRuns found;
    std::mutex mutex;
    (void)source.scan([&](PhysAddr first, Bytes pages) {
        std::vector<EntryRun> mine;
        std::uint64_t left = 0;
        for (std::uint64_t offset = 0; offset + kCarvePage <= pages.size(); offset += kCarvePage) {
            if (mine.size() >= kMostRuns) ++left;
            else look(first + offset, pages.subspan(static_cast<std::size_t>(offset), kCarvePage), mine);
        }
        if (mine.empty()) return;
        const std::lock_guard lock(mutex);
        const std::size_t room = kMostRuns - std::min(kMostRuns, found.runs.size());
        found.left += left + mine.size() - std::min(room, mine.size());
        found.runs.insert(found.runs.end(), mine.begin(),
                          mine.begin() + static_cast<std::ptrdiff_t>(std::min(room, mine.size())));
    });
    const auto place = [](const EntryRun& run) { return std::pair(run.page, run.first); };
    std::sort(found.runs.begin(), found.runs.end(),
              [&](const EntryRun& a, const EntryRun& b) { return place(a) < place(b); });
    return found;
}

/// A ring's newest page may hold an entry or two, which alone prove nothing: look for those
/// that the ends of chains demand.
bool add_expected(const MemorySource& source, const RunLinks& links, FoundRuns& found) {
    std::vector<PagePlace> expected;
    for (std::size_t i = 0; i < found.runs.size(); ++i)
        if (links.next[i] == kNoRun && links.previous[i] != kNoRun) expected.push_back(next_place(found.runs[i]));
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    constexpr std::size_t kMostExpected = 64;  // a look at each page for each
    if (expected.empty() || expected.size() > kMostExpected) return false;
    FoundRuns more = scan_runs(source, [&](PhysAddr at, Bytes page, std::vector<EntryRun>& runs) {
        for (const PagePlace& place : expected) find_run_at(at, page, place, runs);
    });
    std::set<PhysAddr> there;
    for (const EntryRun& run : found.runs) there.insert(run.page);
    std::erase_if(more.runs, [&](const EntryRun& run) { return there.contains(run.page); });
    found.runs.insert(found.runs.end(), more.runs.begin(), more.runs.end());
    return !more.runs.empty();
}

/// Tracks of one recording.
struct Group {
    std::vector<CarvedTrack> tracks;
    Nanos since = 0, until = 0;  ///< of its oldest entry and of its newest
    Nanos begun = 0;             ///< when it began, at the earliest, as far as its rings' speed tells
    std::uint64_t capacity = 0;
    std::uint64_t instance = 0;  ///< that frame lists name; 0: none does

    [[nodiscard]] bool agrees(std::uint8_t layout, std::uint64_t lap, std::uint64_t id) const {
        if (layout != tracks.front().layout) return false;
        if (instance != 0 && id != 0) return instance == id;
        return capacity == 0 || lap == 0 || capacity == lap;
    }
    [[nodiscard]] bool takes(const CarvedTrack& track) const {
        const std::uint64_t id = track.known ? track.known->instance : 0;
        if (tracks.size() == kMostCpus || !agrees(track.layout, track.capacity, id)) return false;
        if ((instance != 0 && id != 0) || track.last_time + kClockSlack >= since) return true;
        // A CPU that was idle since: its ring is whole, where that of an older recording was given
        // back and is memory of others by now.
        return track.closed && track.pieces.size() == 1 && capacity > 0 && track.last_time >= begun;
    }
    void add(CarvedTrack track) {
        const Nanos start = begun_of(track);
        since = tracks.empty() ? track.first_time : std::min(since, track.first_time);
        until = std::max(until, track.last_time);
        begun = tracks.empty() ? start : std::min(begun, start);
        capacity = std::max(capacity, track.capacity);
        if (track.known) instance = track.known->instance;
        tracks.push_back(std::move(track));
    }
    /// As if what is overwritten had taken as long as what is there.
    static Nanos begun_of(const CarvedTrack& track) {
        if (track.from_first || track.entries == 0) return track.first_time;
        const double each = static_cast<double>(track.last_time - std::min(track.first_time, track.last_time)) /
                            static_cast<double>(track.entries);
        const double before = each * static_cast<double>(track.pieces.front().position);
        return before < static_cast<double>(track.first_time) ? track.first_time - static_cast<Nanos>(before) : 0;
    }
};

/// A ring that ends before the newest one begins is of its recording nevertheless, if both were
/// written while a third was.
void merge_overlapping(std::vector<Group>& groups) {
    constexpr std::size_t kMostGroups = 64;
    for (std::size_t i = 0; i < groups.size() && i < kMostGroups; ++i)
        for (std::size_t j = i + 1; j < groups.size() && j < kMostGroups;) {
            Group& one = groups[i];
            Group& other = groups[j];
            const bool overlap = other.until + kClockSlack >= one.since && one.until + kClockSlack >= other.since;
            if (!overlap || !one.agrees(other.tracks.front().layout, other.capacity, other.instance) ||
                one.tracks.size() + other.tracks.size() > kMostCpus) {
                ++j;
                continue;
            }
            for (CarvedTrack& track : other.tracks) one.add(std::move(track));
            groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(j));
            j = i + 1;  // it now reaches further back
        }
}

std::vector<Group> group(std::vector<CarvedTrack> tracks) {
    std::vector<Group> groups;
    for (CarvedTrack& track : tracks) {  // the newest first
        const auto at = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.takes(track); });
        Group& taker = at == groups.end() ? groups.emplace_back() : *at;
        taker.add(std::move(track));
    }
    merge_overlapping(groups);
    return groups;
}

/// Frame lists name CPUs; the others get the numbers that are left, in the order in which
/// their first pages lie in memory.
std::vector<CpuId> number_cpus(Group& group) {
    auto& tracks = group.tracks;
    std::set<CpuId> taken;
    for (CarvedTrack& track : tracks)
        if (track.known && (track.known->cpu >= kMostCpus || !taken.insert(track.known->cpu).second))
            track.known.reset();
    std::sort(tracks.begin(), tracks.end(), [](const CarvedTrack& a, const CarvedTrack& b) {
        return a.pieces.front().extents.front().at < b.pieces.front().extents.front().at;
    });
    std::vector<CpuId> cpus;
    CpuId free = 0;
    for (const CarvedTrack& track : tracks) {
        while (!track.known && taken.contains(free)) ++free;
        cpus.push_back(track.known ? track.known->cpu : free);
        if (!track.known) taken.insert(free);
    }
    return cpus;
}

/// 0: nothing tells.
std::uint16_t machine_of(const MemorySource& source, const CarveRequest& request) {
    return source.machine() != 0 ? source.machine() : request.machine;
}

/// Several architectures' recorders write the same slots.
bool is_shared(const Layout& layout) {
    return std::ranges::count(architectures(), layout.name, &Architecture::layout) > 1;
}

RecordingFacts facts_of(const Layout& layout, const MemorySource& source, const CarveRequest& request) {
    RecordingFacts facts;
    const Architecture& architecture = *architecture_of_layout(layout.name, machine_of(source, request));
    facts.audit_arch = architecture.audit_arch;
    facts.entry_size = layout.size;
    facts.word_size = architecture.word_size;
    facts.page_shift = static_cast<std::uint8_t>(std::countr_zero(source.page_size()));
    facts.kernel_release = request.kernel_release;
    return facts;
}

std::string seconds(Nanos time) { return fmt::format("{}.{:09}", time / 1'000'000'000, time % 1'000'000'000); }

/// Below it, entries were overwritten; nothing says so where the size of the rings is not known.
std::uint64_t oldest_of(const CarvedTrack& track, std::uint64_t capacity) {
    if (capacity == 0) return track.pieces.front().position;
    return track.head > capacity ? track.head - capacity : 0;
}

/// Leaves out what a ring of that size cannot hold.
void cut_below(CarvedTrack& track, std::uint64_t oldest, std::uint64_t entry_size) {
    std::erase_if(track.pieces, [&](const CarvedPiece& piece) { return piece.end() <= oldest; });
    if (track.pieces.empty() || track.pieces.front().position >= oldest) return;
    CarvedPiece& piece = track.pieces.front();
    std::uint64_t bytes = (oldest - piece.position) * entry_size;
    piece.slots -= oldest - piece.position;
    piece.position = oldest;
    auto extent = piece.extents.begin();
    for (; bytes >= extent->size; ++extent) bytes -= extent->size;
    extent->at = extent->at + bytes;
    extent->size -= static_cast<std::uint32_t>(bytes);
    piece.extents.erase(piece.extents.begin(), extent);
}

/// Beside rings, fragments are not believed: they join none, and are no ring that has begun.
std::uint64_t drop_fragments(Group& group) {
    std::uint64_t largest = 0, dropped = 0;
    for (const CarvedTrack& track : group.tracks) largest = std::max(largest, track.entries);
    std::erase_if(group.tracks, [&](const CarvedTrack& track) {
        const bool ring = track.known || track.closed || track.from_first || track.entries * 8 >= largest;
        if (!ring) dropped += track.pages;
        return !ring;
    });
    return dropped;
}

Recording open_group(const MemorySource& source, Group group, const CarveRequest& request) {
    Recording recording;
    recording.layout = &layouts()[group.tracks.front().layout];
    recording.facts = facts_of(*recording.layout, source, request);
    const std::vector<CpuId> cpus = number_cpus(group);
    std::uint64_t pages = 0, entries = 0, closed = 0, doubted = 0, named = 0, largest = 0;
    for (std::size_t i = 0; i < group.tracks.size(); ++i) {
        CarvedTrack& track = group.tracks[i];
        pages += track.pages;
        entries += track.entries;
        closed += track.closed;
        doubted += track.doubted;
        named += track.known.has_value();
        largest = std::max(largest, track.head - track.pieces.front().position);
        const std::uint64_t oldest = oldest_of(track, group.capacity);
        cut_below(track, oldest, recording.layout->size);
        CpuTrack out;
        out.cpu = cpus[i];
        out.head = track.head;
        out.slots =
            std::make_unique<CarvedRing>(source, recording.layout->size, std::move(track.pieces), oldest, track.head);
        recording.cpus.push_back(std::move(out));
    }
    std::sort(recording.cpus.begin(), recording.cpus.end(),
              [](const CpuTrack& a, const CpuTrack& b) { return a.cpu < b.cpu; });
    recording.facts.possible_cpus = recording.cpus.back().cpu + 1;
    recording.facts.entries_per_cpu = std::max({group.capacity, largest, std::uint64_t{1}});

    const std::size_t count = group.tracks.size();
    recording.provenance.push_back(
        fmt::format("carved: {} entries on {} pages of {} rings, put in order by serials and "
                    "times; no anchor",
                    entries, pages, count));
    std::string verified = fmt::format("verified: {} of {} rings close upon themselves", closed, count);
    verified += group.capacity > 0 ? fmt::format(", a lap is {} entries", group.capacity)
                                   : ", so how many entries a ring holds is not known";
    if (named > 0) verified += fmt::format("; frame lists name the CPU of {}", named);
    recording.provenance.push_back(std::move(verified));
    std::string sentence =
        "carved: neither anchor nor clocks were found, and what is shown was put together from single pages";
    if (named < count)
        sentence += fmt::format("; which CPU is which is not known for {} of {} rings", count - named, count);
    if (doubted > 0) sentence += fmt::format("; {} of them have gaps that could be closed in another way", doubted);
    if (machine_of(source, request) == 0 && is_shared(*recording.layout))
        sentence += fmt::format("; nothing says whose calls they are: taken for those of {}", recording.layout->name);
    recording.findings = source.findings();
    recording.findings.add(FindingId::Carved, std::move(sentence));
    return recording;
}

}  // namespace

Result<std::vector<Recording>> carve(const MemorySource& source, const CarveRequest& request) {
    FoundRuns found = scan_runs(source, find_runs);
    if (found.runs.empty()) return Error{ErrorCode::NotFound, "no page holds three entries in sequence"};
    const KnownPages known = request.scan != nullptr ? known_pages(source, *request.scan, found.runs) : KnownPages{};
    RunLinks links = link_runs(source, found.runs, known);
    if (add_expected(source, links, found)) links = link_runs(source, found.runs, known);
    CarvedTracks tracks = carve_tracks(source, found.runs, links, known);
    if (tracks.tracks.empty())
        return Error{ErrorCode::NotFound,
                     fmt::format("{} pages hold what looks like entries, but no two of them belong together",
                                 tracks.stray_pages)};
    std::vector<Recording> recordings;
    std::vector<Group> groups = group(std::move(tracks.tracks));
    for (Group& one : groups) {
        tracks.stray_pages += drop_fragments(one);
        const Nanos since = one.since;
        const Nanos until = one.until;
        const std::size_t rings = one.tracks.size();
        recordings.push_back(open_group(source, std::move(one), request));
        if (recordings.size() > 1)
            recordings.front().findings.add(
                FindingId::CarvedOlder,
                fmt::format("{} more rings were carved that end before these begin ({} to {} s): an older "
                            "recording, or CPUs "
                            "that have been idle since",
                            rings, seconds(since), seconds(until)));
    }
    Findings& findings = recordings.front().findings;
    if (links.undecided > 0)
        findings.add(
            FindingId::CarvedUndecided,
            fmt::format("at {} of {} borders between pages several fitted, and the one nearest in time was taken",
                        links.undecided, found.runs.size()),
            links.undecided);
    if (tracks.stray_pages > 0)
        findings.add(FindingId::CarvedLeftOut,
                     fmt::format("{} pages hold what looks like entries but join no ring; they are left out",
                                 tracks.stray_pages),
                     tracks.stray_pages);
    if (tracks.copied_pages > 0)
        findings.add(FindingId::CarvedLeftOut,
                     fmt::format("{} pages repeat entries of these rings; they are left out", tracks.copied_pages),
                     tracks.copied_pages);
    if (found.left > 0)
        findings.add(
            FindingId::CarvedLeftOut,
            fmt::format("{} pages more look like a ring's, and were not looked at: there are too many", found.left),
            found.left);
    return recordings;
}

}  // namespace kstrax
