// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/carve/carve_runs.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

namespace kstrax {

namespace {

constexpr std::uint32_t kMostTasks = 1 << 22;  // PID_MAX_LIMIT
constexpr Nanos kMostTime = Nanos{1} << 60;    // 36 years of uptime
constexpr std::size_t kEnough = 3;             // entries in sequence, to believe that a page holds some

std::uint32_t load32(const std::byte* at) {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

bool kind_at(const Layout& layout, const std::byte* slot) {
    const unsigned kind = std::to_integer<unsigned>(slot[layout.nr_kind.offset + 1]) >> 4;
    return kind >= kKindEntry && kind <= kKindPath;
}

/// Two slots in a row look like entries: what nearly every page of anything else fails.
bool pair_at(const Layout& layout, const std::byte* slot) {
    return load32(slot + layout.size) == load32(slot) + 1 && kind_at(layout, slot) &&
           kind_at(layout, slot + layout.size);
}

/// Begin, middle and end: at most one of them is where laps meet or the ring ends.
bool worth_a_look(const Layout& layout, std::uint16_t phase, const std::byte* page) {
    const std::size_t slots = slots_of_page(layout, phase);
    for (const std::size_t slot : {std::size_t{0}, slots / 2, slots - 2})
        if (pair_at(layout, page + phase + slot * layout.size)) return true;
    return false;
}

/// Slots of one lap, as they are being found.
struct Lap {
    std::uint32_t page_serial = 0;
    std::uint32_t first = 0, last = 0;
    std::vector<Nanos> times;  // of its entries
    std::uint32_t in_order = 0;
};

/// The time at one end of a run, whose entries' times are given from that end on. A damaged one
/// would tear the run from its neighbours: then that of the entry beside it.
Nanos end_time(Nanos end, Nanos second, Nanos third, Nanos other_end) {
    const auto apart = [](Nanos a, Nanos b) { return a > b ? a - b : b - a; };
    const bool in_order = end <= second ? second <= third + kClockSlack : third <= second + kClockSlack;
    if (in_order && apart(end, second) <= 4 * apart(second, other_end) + kClockSlack) return end;
    return std::max(std::min(end, second), std::min(std::max(end, second), third));
}

/// All laps that show in a page at this phase, in the order of their first slots.
std::vector<Lap> laps_of(const Layout& layout, std::uint16_t phase, Bytes page) {
    std::vector<Lap> laps;
    const std::uint32_t slots = slots_of_page(layout, phase);
    for (std::uint32_t i = 0; i < slots; ++i) {
        const Bytes slot = page.subspan(phase + i * layout.size, layout.size);
        if (!kind_at(layout, slot.data())) continue;
        const Entry entry = decode_entry(layout, slot);
        if (!plausible(layout, entry)) continue;
        const std::uint32_t page_serial = entry.serial - i;
        auto lap = std::find_if(laps.begin(), laps.end(), [&](const Lap& l) { return l.page_serial == page_serial; });
        if (lap == laps.end()) {
            laps.push_back({page_serial, i, i, {}, 0});
            lap = std::prev(laps.end());
        }
        if (lap->times.empty() || entry.time + kClockSlack >= lap->times.back()) ++lap->in_order;
        lap->last = i;
        lap->times.push_back(entry.time);
    }
    return laps;
}

void append_runs(PhysAddr at, std::uint8_t row, std::uint16_t phase, std::vector<Lap> laps,
                 std::vector<EntryRun>& runs) {
    // A ring shows two laps at most; what else there is, is damage.
    if (laps.size() > 3) std::erase_if(laps, [](const Lap& lap) { return lap.times.size() < kEnough; });
    for (const Lap& lap : laps) {
        const bool front = std::none_of(laps.begin(), laps.end(), [&](const Lap& l) { return l.first < lap.first; });
        const bool back = std::none_of(laps.begin(), laps.end(), [&](const Lap& l) { return l.last > lap.last; });
        const auto& times = lap.times;
        const std::size_t count = times.size();
        const bool some = count >= 3;
        const Nanos first = some ? end_time(times[0], times[1], times[2], times.back()) : times.front();
        const Nanos last =
            some ? end_time(times[count - 1], times[count - 2], times[count - 3], times[0]) : times.back();
        runs.push_back({at, first, last, lap.page_serial, phase, row, static_cast<std::uint8_t>(lap.first),
                        static_cast<std::uint8_t>(lap.last), front, back});
    }
}

/// Where slots of a layout can begin in a page: multiples of this.
std::uint16_t phase_step(const Layout& layout) {
    return static_cast<std::uint16_t>(std::gcd(std::uint32_t{layout.size}, kCarvePage));
}

}  // namespace

std::uint32_t slots_of_page(const Layout& layout, std::uint16_t phase) { return (kCarvePage - phase) / layout.size; }

std::uint32_t tail_of_page(const Layout& layout, std::uint16_t phase) { return (kCarvePage - phase) % layout.size; }

PagePlace next_place(const EntryRun& run) {
    const Layout& layout = layout_of(run);
    const std::uint32_t tail = tail_of_page(layout, run.phase);
    const std::uint32_t serial = run.page_serial + slots_of_page(layout, run.phase);
    if (tail == 0) return {run.layout, 0, serial};
    return {run.layout, static_cast<std::uint16_t>(layout.size - tail), serial + 1};
}

bool plausible(const Layout& layout, const Entry& entry) {
    if (entry.kind < kKindEntry || entry.kind > kKindPath) return false;
    if (entry.time == 0 || entry.time > kMostTime) return false;
    if (entry.pid == 0 || entry.pid > kMostTasks) return false;
    if (layout.tgid.size > 0 && (entry.tgid == 0 || entry.tgid > kMostTasks)) return false;
    return entry.abi <= kAbiX32;
}

void find_runs(PhysAddr at, Bytes page, std::vector<EntryRun>& runs) {
    for (std::size_t row = 0; row < layouts().size(); ++row) {
        const Layout& layout = layouts()[row];
        const std::uint16_t step = phase_step(layout);
        for (std::uint16_t phase = 0; phase < layout.size; phase = static_cast<std::uint16_t>(phase + step)) {
            if (!worth_a_look(layout, phase, page.data())) [[likely]]
                continue;
            std::vector<Lap> laps = laps_of(layout, phase, page);
            const bool believed = std::any_of(laps.begin(), laps.end(), [](const Lap& lap) {
                return lap.times.size() >= kEnough && std::size_t{lap.in_order} * 4 >= lap.times.size() * 3;
            });
            if (!believed) continue;
            append_runs(at, static_cast<std::uint8_t>(row), phase, std::move(laps), runs);
            return;
        }
    }
}

void find_run_at(PhysAddr at, Bytes page, PagePlace place, std::vector<EntryRun>& runs) {
    const Layout& layout = layouts()[place.layout];
    if (load32(page.data() + place.phase) != place.serial) [[likely]]
        return;
    std::vector<Lap> laps = laps_of(layout, place.phase, page);
    std::erase_if(laps, [&](const Lap& lap) { return lap.page_serial != place.serial || lap.first != 0; });
    append_runs(at, place.layout, place.phase, std::move(laps), runs);
}

}  // namespace kstrax
