// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/carve/carve_tracks.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "analyzer/importers/kstrax_memory/carve/carve_match.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kMostGap = 1 << 22;  // entries: a larger gap joins nothing
constexpr std::size_t kMostChains = 1024;    // with gaps between them: the longest
constexpr std::size_t kFewEntries = 3;

/// Runs linked to one another without a gap.
struct Chain {
    std::vector<std::uint32_t> runs;
    CarvedPiece piece;
    Nanos first_time = 0, last_time = 0;
};

class Builder {
  public:
    Builder(const MemorySource& source, const std::vector<EntryRun>& runs, const RunLinks& links,
            const KnownPages& known)
        : source_(source), runs_(runs), links_(links), known_(known) {}

    CarvedTracks build() {
        make_chains();
        bridge_gaps();
        make_tracks();
        drop_copies();
        std::sort(found_.tracks.begin(), found_.tracks.end(), [](const CarvedTrack& a, const CarvedTrack& b) {
            return a.last_time != b.last_time ? a.last_time > b.last_time : a.head > b.head;
        });
        return std::move(found_);
    }

  private:
    void make_chains() {
        for (std::uint32_t i = 0; i < runs_.size(); ++i) {
            if (links_.previous[i] != kNoRun) continue;
            Chain chain;
            for (std::uint32_t run = i; run != kNoRun; run = links_.next[run]) chain.runs.push_back(run);
            finish(chain);
            chains_.push_back(std::move(chain));
        }
        std::sort(chains_.begin(), chains_.end(), [](const Chain& a, const Chain& b) {
            return a.first_time != b.first_time ? a.first_time < b.first_time : a.runs[0] < b.runs[0];
        });
    }

    /// Its bytes, positions and times.
    void finish(Chain& chain) const {
        CarvedPiece& piece = chain.piece;
        piece.extents.clear();
        std::uint64_t bytes = 0;
        const Layout& layout = layout_of(runs_[chain.runs.front()]);
        for (std::size_t i = 0; i < chain.runs.size(); ++i) {
            const EntryRun& run = runs_[chain.runs[i]];
            const std::uint32_t begin = i == 0 ? run.phase + run.first * layout.size : 0;
            std::uint32_t end = run.phase + (run.last + 1U) * layout.size;
            if (i + 1 < chain.runs.size() && next_place(run) == place_of(runs_[chain.runs[i + 1]])) end = kCarvePage;
            piece.extents.push_back({run.page + begin, end - begin});
            bytes += end - begin;
        }
        piece.position = runs_[chain.runs.front()].first_serial() - 1U;
        piece.slots = bytes / layout.size;
        chain.first_time = runs_[chain.runs.front()].first_time;
        chain.last_time = runs_[chain.runs.back()].last_time;
    }

    /// Where a lap began, as far as the pages' places tell it: one value for all pages of a lap.
    [[nodiscard]] std::uint32_t lap_class(std::uint32_t run) const {
        const EntryRun& r = runs_[run];
        return ((r.page_serial - 1U) * layout_of(r).size - r.phase) % kCarvePage;
    }

    /// Chains of one lap that leave only missing pages between them.
    void bridge_gaps() {
        after_.assign(chains_.size(), kNoRun);
        before_.assign(chains_.size(), kNoRun);
        doubted_.assign(chains_.size(), false);
        const std::vector<std::uint32_t> longest = longest_chains();
        const std::uint32_t lap = lap_length();
        std::vector<MatchEdge> edges;
        for (const std::uint32_t a : longest)
            for (const std::uint32_t b : longest)
                if (const auto gap = gap_between(chains_[a], chains_[b], lap))
                    edges.push_back({a, b, -static_cast<int>(*gap), time_between(chains_[a], chains_[b])});
        // The nearest first, so that no chain that lies within a gap is left out.
        std::sort(edges.begin(), edges.end(), [](const MatchEdge& a, const MatchEdge& b) {
            return a.score != b.score ? a.score > b.score : a.gap < b.gap;
        });
        for (std::size_t i = 0; i < edges.size();) {
            std::vector<MatchEdge> level;
            for (const int score = edges[i].score; i < edges.size() && edges[i].score == score; ++i)
                if (after_[edges[i].left] == kNoRun && before_[edges[i].right] == kNoRun) level.push_back(edges[i]);
            for (MatchEdge& edge : level) edge.score = ring_score(edge.left, edge.right);
            std::erase_if(level, [](const MatchEdge& edge) { return edge.score < 0; });
            const Matching matching = match(std::move(level));
            for (const auto& [a, b] : matching.pairs) {
                after_[a] = b;
                before_[b] = a;
                if (matching.undecided > 0) doubted_[a] = doubted_[b] = true;
            }
        }
    }
    [[nodiscard]] std::vector<std::uint32_t> longest_chains() const {
        std::vector<std::uint32_t> longest(chains_.size());
        std::iota(longest.begin(), longest.end(), 0U);
        std::stable_sort(longest.begin(), longest.end(), [&](std::uint32_t a, std::uint32_t b) {
            return chains_[a].runs.size() > chains_[b].runs.size();
        });
        if (longest.size() > kMostChains) longest.resize(kMostChains);
        return longest;
    }
    /// Entries of a ring, by the pages in which two laps meet; 0: none shows it.
    [[nodiscard]] std::uint32_t lap_length() const {
        std::map<std::uint32_t, std::uint64_t> votes;
        for (std::uint32_t i = 0; i < runs_.size(); ++i)
            if (const std::uint32_t lap = lap_beside(i); lap > 0 && votes.size() < kMostChains) ++votes[lap];
        const auto most = std::max_element(votes.begin(), votes.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        return most == votes.end() ? 0 : most->first;
    }
    [[nodiscard]] std::optional<std::uint64_t> gap_between(const Chain& a, const Chain& b, std::uint32_t lap) const {
        if (&a == &b || b.first_time + kClockSlack < a.last_time) return std::nullopt;
        const std::uint32_t last = a.runs.back(), first = b.runs.front();
        if (runs_[last].layout != runs_[first].layout) return std::nullopt;
        const std::uint32_t next_lap = (lap_class(last) + lap * layout_of(runs_[last]).size) % kCarvePage;
        if (lap_class(first) != lap_class(last) && (lap == 0 || lap_class(first) != next_lap)) return std::nullopt;
        const std::uint32_t gap = runs_[first].first_serial() - runs_[last].last_serial() - 1U;
        if (gap == 0 || gap > kMostGap || gap > 4 * std::min(a.piece.slots, b.piece.slots)) return std::nullopt;
        const auto p = known_of(last), q = known_of(first);
        if (p && q && (p->instance != q->instance || p->cpu != q->cpu)) return std::nullopt;
        return gap;
    }
    /// What speaks for one ring that ends with the chains of `b` and begins with those of `a`: its
    /// oldest and its newest entries lie in one page. Less than 0: that it cannot be.
    [[nodiscard]] int ring_score(std::uint32_t a, std::uint32_t b) const {
        const int known = known_of(chains_[a].runs.back()) && known_of(chains_[b].runs.front()) ? 1 : 0;
        while (before_[a] != kNoRun) a = before_[a];
        while (after_[b] != kNoRun) b = after_[b];
        const std::uint32_t oldest = chains_[a].runs.front(), newest = chains_[b].runs.back();
        if (lap_beside(oldest) == 0 || lap_beside(newest) == 0) return known;
        return runs_[oldest].page == runs_[newest].page ? 2 : -1;
    }
    static std::uint64_t time_between(const Chain& a, const Chain& b) {
        return b.first_time > a.last_time ? b.first_time - a.last_time : 0;
    }
    [[nodiscard]] std::optional<KnownPage> known_of(std::uint32_t run) const {
        const auto at = known_.find(runs_[run].page.value);
        return at == known_.end() ? std::nullopt : std::optional(at->second);
    }

    void make_tracks() {
        for (std::uint32_t i = 0; i < chains_.size(); ++i) {
            if (before_[i] != kNoRun) continue;
            CarvedTrack track;
            std::vector<std::uint32_t> runs;
            for (std::uint32_t c = i; c != kNoRun; c = after_[c]) {
                const Chain& chain = chains_[c];
                CarvedPiece piece = chain.piece;
                if (!track.pieces.empty()) {  // serials have wrapped, or positions would go back
                    const std::uint64_t end = track.pieces.back().end();
                    piece.position = end + static_cast<std::uint32_t>(piece.position - end);
                }
                track.pieces.push_back(std::move(piece));
                runs.insert(runs.end(), chain.runs.begin(), chain.runs.end());
                track.doubted = track.doubted || doubted_[c];
            }
            describe(track, runs);
            if (believable(runs, track)) found_.tracks.push_back(std::move(track));
            else found_.stray_pages += runs.size();
        }
    }

    void describe(CarvedTrack& track, const std::vector<std::uint32_t>& runs) const {
        const EntryRun& oldest = runs_[runs.front()];
        const EntryRun& newest = runs_[runs.back()];
        track.layout = oldest.layout;
        track.head = track.pieces.back().end();
        track.first_time = oldest.first_time;
        track.last_time = newest.last_time;
        track.pages = runs.size();
        track.from_first = oldest.page_serial == 1 && oldest.phase == 0 && oldest.first == 0;
        std::map<std::pair<std::uint64_t, CpuId>, std::uint64_t> votes;
        for (const std::uint32_t run : runs)
            if (const auto known = known_of(run)) {
                const std::uint64_t count = ++votes[{known->instance, known->cpu}];
                if (!track.known || count > votes[{track.known->instance, track.known->cpu}]) track.known = known;
            }
        if (runs.size() > 1 && newest.page == oldest.page && lap_beside(runs.front()) > 0) {
            track.closed = true;
            --track.pages;
        }
        track.capacity = std::max(lap_beside(runs.front()), lap_beside(runs.back()));
        if (!track.closed) close_across_border(track, oldest, newest);
        // Its ends lie where two laps meet, but not in the same page: a border in it was taken wrongly.
        if (!track.closed && lap_beside(runs.front()) > 0 && lap_beside(runs.back()) > 0) track.doubted = true;
        drop_torn(track, oldest, newest);
        for (const CarvedPiece& piece : track.pieces) track.entries += piece.slots;
    }

    /// Where the newest entry is the last that begins in its page, the oldest lie in the next page
    /// of the ring, and the slot across the border may be newer still.
    void close_across_border(CarvedTrack& track, const EntryRun& oldest, const EntryRun& newest) const {
        const Layout& layout = layout_of(newest);
        const PagePlace next = next_place(newest);
        const std::uint32_t tail = tail_of_page(layout, newest.phase);
        const std::uint32_t lap = next.serial - oldest.page_serial;
        const bool meet = newest.back && newest.last + 1U == slots_of_page(layout, newest.phase) && tail > 0 &&
                          oldest.front && oldest.first == 0 && oldest.phase == next.phase && track.pieces.size() == 1;
        if (!meet || lap < track.pieces.front().slots || lap - track.pieces.front().slots > 2) return;
        std::array<std::byte, kLargestEntry> slot{};
        const auto bytes = MutableBytes(slot).first(layout.size);
        if (!source_.read(newest.page + (kCarvePage - tail), bytes.first(tail)) ||
            !source_.read(oldest.page, bytes.subspan(tail)))
            return;
        const Entry entry = decode_entry(layout, bytes);
        const bool newer = entry.serial == newest.last_serial() + 1;
        if (!newer && entry.serial != newest.last_serial() + 1 - lap) return;
        track.closed = true;
        track.capacity = lap;
        if (!newer || !plausible(layout, entry) || entry.time + kClockSlack < newest.last_time) return;
        CarvedPiece& piece = track.pieces.back();
        piece.extents.back().size += tail;
        piece.extents.push_back({oldest.page, layout.size - tail});
        ++piece.slots;
        ++track.head;
        track.last_time = entry.time;
    }

    /// Entries of a lap, where another lap's slots lie in the same page, newer ones in front; else 0.
    [[nodiscard]] std::uint32_t lap_beside(std::uint32_t run) const {
        for (std::uint32_t i = run > 0 ? run - 1 : 0; i < runs_.size() && i <= run + 1U; ++i) {
            if (i == run || runs_[i].page != runs_[run].page) continue;
            const std::uint32_t newer = runs_[i].first < runs_[run].first ? i : run;
            const std::uint32_t older = newer == i ? run : i;
            const std::uint32_t lap = runs_[newer].page_serial - runs_[older].page_serial;
            const bool apart = runs_[newer].last < runs_[older].first;
            // A slot of which the serial is damaged belongs to no lap.
            if (apart && lap > 0 && lap < 1U << 31 && more_than_a_slot(newer) && more_than_a_slot(older)) return lap;
        }
        return 0;
    }
    [[nodiscard]] bool more_than_a_slot(std::uint32_t run) const {
        return runs_[run].first < runs_[run].last || links_.next[run] != kNoRun || links_.previous[run] != kNoRun;
    }

    /// The slot behind the newest entry, which a CPU was writing when it stopped: its serial,
    /// stored last, is still that of the lap before, so that it passes for the oldest entry.
    void drop_torn(CarvedTrack& track, const EntryRun& oldest, const EntryRun& newest) const {
        if (track.from_first || oldest.first == oldest.last) return;
        const Nanos first = time_of(oldest, oldest.first), second = time_of(oldest, oldest.first + 1U);
        if (first < newest.last_time && first <= second + kClockSlack) return;
        CarvedPiece& piece = track.pieces.front();
        const Layout& layout = layout_of(oldest);
        piece.extents.front().at = piece.extents.front().at + layout.size;
        piece.extents.front().size -= layout.size;
        ++piece.position;
        --piece.slots;
        if (track.closed && oldest.first == newest.last + 1) ++track.head;
        track.first_time = second;
    }
    [[nodiscard]] Nanos time_of(const EntryRun& run, std::uint32_t slot) const {
        const Layout& layout = layout_of(run);
        std::array<std::byte, kLargestEntry> bytes{};
        const auto out = MutableBytes(bytes).first(layout.size);
        if (!source_.read(run.page + run.phase + std::uint64_t{slot} * layout.size, out)) return run.last_time;
        return decode_entry(layout, out).time;
    }

    /// One page alone is no ring, unless the ring has only begun: then nothing lies behind its last entry.
    [[nodiscard]] bool believable(const std::vector<std::uint32_t>& runs, const CarvedTrack& track) const {
        if (track.entries < kFewEntries) return false;
        if (track.pages > 1 || track.known || track.closed) return true;
        const EntryRun& run = runs_[runs.front()];
        if (!track.from_first) return false;
        const Layout& layout = layout_of(run);
        // One slot more may have been begun.
        const std::uint32_t behind = std::min(kCarvePage, run.phase + (run.last + 2U) * layout.size);
        std::vector<std::byte> rest(kCarvePage - behind);
        if (!source_.read(run.page + behind, rest)) return false;
        return std::all_of(rest.begin(), rest.end(), [](std::byte b) { return b == std::byte{0}; });
    }

    /// Buffers of a program that reads rings, files in the page cache: the same entries once more.
    void drop_copies() {
        auto& tracks = found_.tracks;
        std::sort(tracks.begin(), tracks.end(), [](const CarvedTrack& a, const CarvedTrack& b) {
            if (a.known.has_value() != b.known.has_value()) return a.known.has_value();
            return a.entries != b.entries ? a.entries > b.entries : a.last_time > b.last_time;
        });
        std::vector<CarvedTrack> kept;
        for (CarvedTrack& track : tracks) {
            const bool copy =
                std::any_of(kept.begin(), kept.end(), [&](const CarvedTrack& k) { return same(k, track); });
            if (copy) found_.copied_pages += track.pages;
            else if (kept.size() < kMostChains) kept.push_back(std::move(track));
            else found_.stray_pages += track.pages;
        }
        tracks = std::move(kept);
    }
    /// An entry of `b`, of those that `a` must have too if they are the same ring.
    [[nodiscard]] bool same(const CarvedTrack& a, const CarvedTrack& b) const {
        if (a.layout != b.layout || a.first_time > b.last_time || b.first_time > a.last_time) return false;
        const CarvedPiece& piece = b.pieces.front();
        const std::uint64_t middle = piece.position + piece.slots / 2;
        for (const std::uint64_t position : {piece.position, middle, piece.end() - 1}) {
            const auto one = slot_at(a, position), other = slot_at(b, position);
            if (!one.empty() && one == other) return true;
        }
        return false;
    }
    /// Empty if it is not there, or lies across a border.
    [[nodiscard]] std::vector<std::byte> slot_at(const CarvedTrack& track, std::uint64_t position) const {
        const std::size_t size = layouts()[track.layout].size;
        for (const CarvedPiece& piece : track.pieces) {
            if (position < piece.position || position >= piece.end()) continue;
            std::uint64_t offset = (position - piece.position) * size;
            for (const CarvedPiece::Extent& extent : piece.extents) {
                if (offset < extent.size) {
                    if (extent.size - offset < size) return {};
                    std::vector<std::byte> bytes(size);
                    if (!source_.read(extent.at + offset, bytes)) return {};
                    return bytes;
                }
                offset -= extent.size;
            }
        }
        return {};
    }

    const MemorySource& source_;
    const std::vector<EntryRun>& runs_;
    const RunLinks& links_;
    const KnownPages& known_;
    std::vector<Chain> chains_;
    std::vector<std::uint32_t> after_, before_;  // over gaps, by chain
    std::vector<bool> doubted_;
    CarvedTracks found_;
};

}  // namespace

CarvedTracks carve_tracks(const MemorySource& source, const std::vector<EntryRun>& runs, const RunLinks& links,
                          const KnownPages& known) {
    return Builder(source, runs, links, known).build();
}

}  // namespace kstrax
