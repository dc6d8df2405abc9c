// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/carve/carve_link.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "analyzer/importers/kstrax_memory/carve/carve_match.hpp"

namespace kstrax {

namespace {

// Pages that fit one border by their serials alone: what so many CPUs would leave.
constexpr std::size_t kMostRivals = 256;

/// The last a thread did before a border, or the first behind it.
struct ThreadMark {
    std::uint32_t pid;
    std::uint32_t tgid;
    std::uint16_t nr;
    std::uint8_t kind;
};

/// A page at a border, as seen from there.
struct Side {
    std::uint32_t run = kNoRun;
    std::vector<std::byte> page;
    std::vector<ThreadMark> threads;  // by pid
};

/// Each thread's last mark before the border (`ends`), or its first behind it.
std::vector<ThreadMark> marks_of(const EntryRun& run, Bytes page, bool ends) {
    const Layout& layout = layout_of(run);
    std::vector<ThreadMark> marks;
    for (std::uint32_t slot = run.first; slot <= run.last; ++slot) {
        const Entry entry = decode_entry(layout, page.subspan(run.phase + slot * layout.size, layout.size));
        if (entry.serial != run.page_serial + slot || !plausible(layout, entry)) continue;
        if (entry.kind != kKindPath) marks.push_back({entry.pid, entry.tgid, entry.nr, entry.kind});
    }
    if (ends) std::reverse(marks.begin(), marks.end());
    const auto by_pid = [](const ThreadMark& a, const ThreadMark& b) { return a.pid < b.pid; };
    std::stable_sort(marks.begin(), marks.end(), by_pid);
    const auto same = [](const ThreadMark& a, const ThreadMark& b) { return a.pid == b.pid; };
    marks.erase(std::unique(marks.begin(), marks.end(), same), marks.end());
    return marks;
}

/// A thread is in one call at a time.
int agreement(const ThreadMark& before, std::uint16_t nr, std::uint8_t kind) {
    if (before.kind == kKindExit) return kind == kKindEntry ? 1 : -1;
    return kind == kKindExit && (nr == before.nr || nr == kNrNone) ? 1 : -1;
}

class Linker {
  public:
    Linker(const MemorySource& source, const std::vector<EntryRun>& runs, const KnownPages& known)
        : source_(source), runs_(runs), known_(known) {
        links_.next.assign(runs.size(), kNoRun);
        links_.previous.assign(runs.size(), kNoRun);
        links_.shared.assign(runs.size(), false);
    }

    RunLinks link() {
        // Where a ring goes on behind the page, then where it begins anew behind its last slot.
        link_by([](const EntryRun& run) { return next_place(run); }, true);
        link_by([](const EntryRun& run) { return PagePlace{run.layout, 0, run.last_serial() + 1}; }, false);
        return std::move(links_);
    }

  private:
    /// Those that may follow and those that may be followed, brought together by their place.
    void link_by(PagePlace (*place_behind)(const EntryRun&), bool goes_on) {
        struct End {
            PagePlace place;
            std::uint32_t run;
            auto operator<=>(const End&) const = default;
        };
        std::vector<End> ends, begins;
        for (std::uint32_t i = 0; i < runs_.size(); ++i) {
            if (runs_[i].back && links_.next[i] == kNoRun) ends.push_back({place_behind(runs_[i]), i});
            if (runs_[i].front && links_.previous[i] == kNoRun) begins.push_back({place_of(runs_[i]), i});
        }
        std::sort(ends.begin(), ends.end());
        std::sort(begins.begin(), begins.end());
        auto begin = begins.begin();
        for (auto end = ends.begin(); end != ends.end();) {
            const PagePlace place = end->place;
            std::vector<Side> before, behind;
            for (; end != ends.end() && end->place == place; ++end) add(before, end->run);
            while (begin != begins.end() && begin->place < place) ++begin;
            for (auto b = begin; b != begins.end() && b->place == place; ++b) add(behind, b->run);
            if (!before.empty() && !behind.empty()) link_place(before, behind, goes_on);
        }
    }
    static void add(std::vector<Side>& sides, std::uint32_t run) {
        if (sides.size() < kMostRivals) sides.push_back({run, {}, {}});
    }

    void load(std::vector<Side>& sides, bool ends) {
        std::erase_if(sides, [&](Side& side) {
            side.page.resize(kCarvePage);
            if (!source_.read(runs_[side.run].page, side.page)) return true;
            side.threads = marks_of(runs_[side.run], side.page, ends);
            return false;
        });
    }

    void link_place(std::vector<Side>& before, std::vector<Side>& behind, bool goes_on) {
        load(before, true);
        load(behind, false);
        std::vector<MatchEdge> edges;
        for (std::uint32_t a = 0; a < before.size(); ++a)
            for (std::uint32_t b = 0; b < behind.size(); ++b)
                if (auto edge = weigh(before[a], behind[b], goes_on)) {
                    edge->left = a;
                    edge->right = b;
                    edges.push_back(*edge);
                }
        // Where one has no partner, its neighbour is lost: then nothing is joined that nothing speaks for.
        if (before.size() != behind.size()) std::erase_if(edges, [](const MatchEdge& edge) { return edge.score <= 0; });
        const Matching matching = match(std::move(edges));
        links_.chosen += matching.chosen;
        links_.undecided += matching.undecided;
        for (const auto& [a, b] : matching.pairs) {
            const std::uint32_t from = before[a].run, to = behind[b].run;
            links_.next[from] = to;
            links_.previous[to] = from;
            links_.shared[from] = goes_on && tail_of_page(layout_of(runs_[from]), runs_[from].phase) > 0;
        }
    }

    /// How well two pages fit; nothing if they cannot be of one ring.
    [[nodiscard]] std::optional<MatchEdge> weigh(const Side& before, const Side& behind, bool goes_on) const {
        const EntryRun& a = runs_[before.run];
        const EntryRun& b = runs_[behind.run];
        if (a.page == b.page && goes_on) return std::nullopt;
        if (b.first_time + kClockSlack < a.last_time) return std::nullopt;
        const auto known = by_lists(a, b);
        if (known && !*known) return std::nullopt;

        int score = known ? 1000 : 0;
        std::optional<Entry> between;
        const Layout& layout = layout_of(a);
        if (const std::uint32_t tail = tail_of_page(layout, a.phase); goes_on && tail > 0) {
            between = across(layout, before.page, behind.page, tail);
            const bool fits = plausible(layout, *between) && between->serial + 1 == b.page_serial &&
                              between->time + kClockSlack >= a.last_time && between->time <= b.first_time + kClockSlack;
            if (!fits) return std::nullopt;
            score += by_halves(layout, *between, tail, before, behind);
        }
        const std::uint64_t apart = a.page > b.page ? a.page.value - b.page.value : b.page.value - a.page.value;
        if (apart == kCarvePage) score += 5;
        score += 2 * by_threads(before, behind, between);
        const std::uint64_t gap = b.first_time > a.last_time ? b.first_time - a.last_time : 0;
        return MatchEdge{0, 0, score + by_time(a, gap), gap};
    }

    /// What the frame lists say; nothing if they do not name both pages.
    [[nodiscard]] std::optional<bool> by_lists(const EntryRun& a, const EntryRun& b) const {
        const auto first = known_.find(a.page.value);
        const auto second = known_.find(b.page.value);
        if (first == known_.end() || second == known_.end()) return std::nullopt;
        const KnownPage& p = first->second;
        const KnownPage& q = second->second;
        return p.instance == q.instance && p.cpu == q.cpu && (q.ordinal == p.ordinal + 1 || q.ordinal == 0);
    }

    static Entry across(const Layout& layout, Bytes before, Bytes behind, std::uint32_t tail) {
        std::array<std::byte, kLargestEntry> slot{};
        std::memcpy(slot.data(), before.data() + kCarvePage - tail, tail);
        std::memcpy(slot.data() + tail, behind.data(), layout.size - tail);
        return decode_entry(layout, slot);
    }

    /// A border is as long as what lies between two entries, most of the time.
    static int by_time(const EntryRun& a, std::uint64_t gap) {
        const std::uint64_t usual = (a.last_time - std::min(a.first_time, a.last_time)) / (1U + a.last - a.first) + 1;
        return gap / usual < 16 ? 0 : gap / usual < 64 ? -2 : -4;
    }

    /// What the halves of a slot say of one another.
    static int by_halves(const Layout& layout, const Entry& between, std::uint32_t tail, const Side& before,
                         const Side& behind) {
        int score = 0;
        // The recorder leaves nothing behind a return value.
        if (between.kind == kKindExit && tail < layout.size) {
            const auto first = std::max<std::size_t>(
                1, (tail - std::min<std::uint32_t>(tail, layout.args.offset)) / layout.arg_size());
            for (std::size_t arg = first; arg < layout.arg_count; ++arg)
                if (between.args[arg] != 0) return score - 6;
        }
        // The thread from one half, its process from the other.
        if (layout.tgid.size > 0 && tail > layout.pid.offset && tail <= layout.tgid.offset)
            for (const std::vector<ThreadMark>* marks : {&before.threads, &behind.threads})
                if (const ThreadMark* mark = find(*marks, between.pid)) score += mark->tgid == between.tgid ? 3 : -6;
        return score;
    }

    static const ThreadMark* find(const std::vector<ThreadMark>& marks, std::uint32_t pid) {
        const auto at = std::lower_bound(marks.begin(), marks.end(), pid,
                                         [](const ThreadMark& m, std::uint32_t p) { return m.pid < p; });
        return at != marks.end() && at->pid == pid ? &*at : nullptr;
    }

    static int by_threads(const Side& before, const Side& behind, const std::optional<Entry>& between) {
        int score = 0;
        const bool marks = between && between->kind != kKindPath;
        if (marks)
            if (const ThreadMark* mark = find(before.threads, between->pid))
                score += agreement(*mark, between->nr, between->kind);
        for (const ThreadMark& next : behind.threads) {
            if (marks && between->pid == next.pid) {
                score += agreement({between->pid, between->tgid, between->nr, between->kind}, next.nr, next.kind);
                continue;
            }
            if (const ThreadMark* mark = find(before.threads, next.pid)) score += agreement(*mark, next.nr, next.kind);
        }
        return score;
    }

    const MemorySource& source_;
    const std::vector<EntryRun>& runs_;
    const KnownPages& known_;
    RunLinks links_;
};

}  // namespace

RunLinks link_runs(const MemorySource& source, const std::vector<EntryRun>& runs, const KnownPages& known) {
    return Linker(source, runs, known).link();
}

}  // namespace kstrax
