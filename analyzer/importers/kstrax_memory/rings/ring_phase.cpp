// SPDX-License-Identifier: GPL-2.0-or-later
// The record of position p lies in slot p % capacity and has serial p + 1. So
// serial - 1 - place is where its lap began: a multiple of the capacity, and one
// value for all slots from the first to the newest, the one a lap before for those
// behind it.
#include "analyzer/importers/kstrax_memory/rings/ring_phase.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

enum class SlotState : std::uint8_t { Empty, Record, Rubbish };

struct Slot {
    std::uint64_t place;
    SlotState state;
    std::uint32_t serial;
    std::uint32_t lap;  ///< low 32 bits of the position at which its lap began
    Nanos time;
};

Slot look(const Layout& layout, std::uint64_t place, Bytes bytes) {
    const Entry entry = decode_entry(layout, bytes);
    Slot slot{place, SlotState::Rubbish, entry.serial, static_cast<std::uint32_t>(entry.serial - 1 - place),
              entry.time};
    if (entry.serial != 0 && entry.kind >= kKindEntry && entry.kind <= kKindPath) slot.state = SlotState::Record;
    else if (std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; }))
        slot.state = SlotState::Empty;
    return slot;
}

/// Shows every slot that can be read, in the order of places.
template <typename Visit>
void each_slot(const Layout& layout, const SlotSource& slots, Visit visit) {
    const auto cursor = slots.open();
    while (const auto run = cursor->next()) {
        const std::size_t size = run->count == 0 ? 0 : run->slots.size() / static_cast<std::size_t>(run->count);
        for (std::uint64_t i = 0; i < run->count; ++i)
            visit(look(layout, run->first_position + i, run->slots.subspan(static_cast<std::size_t>(i) * size, size)));
    }
}

/// The values that most slots share, in a few words of memory (Misra and Gries).
class Frequent {
  public:
    void add(std::uint32_t value) {
        Count* free = nullptr;
        for (Count& count : counts_) {
            if (count.times > 0 && count.value == value) {
                ++count.times;
                return;
            }
            if (count.times == 0) free = &count;
        }
        if (free != nullptr) *free = {value, 1};
        else
            for (Count& count : counts_) --count.times;
    }
    [[nodiscard]] std::uint32_t most() const {
        return std::max_element(counts_.begin(), counts_.end(),
                                [](const Count& a, const Count& b) { return a.times < b.times; })
            ->value;
    }

  private:
    struct Count {
        std::uint32_t value = 0;
        std::uint64_t times = 0;
    };
    std::array<Count, 8> counts_{};
};

/// Where slots of one lap end and those of the lap before begin: the first place at
/// which most slots are on their right side.
class Boundary {
  public:
    Boundary(std::uint32_t lap, std::uint32_t capacity) : lap_(lap), before_(lap - capacity) {}
    void add(const Slot& slot) {
        if (slot.lap == before_) {
            ++behind_;
            --balance_;
        } else if (slot.lap == lap_ && ++balance_ > best_) {
            best_ = balance_;
            place_ = slot.place + 1;
        }
    }
    [[nodiscard]] bool has(const Slot& slot) const { return slot.lap == lap_ || slot.lap == before_; }
    [[nodiscard]] std::uint32_t lap() const { return lap_; }
    [[nodiscard]] std::uint64_t place() const { return place_; }
    [[nodiscard]] bool wrapped() const { return behind_ > 0; }
    [[nodiscard]] std::uint64_t on_their_side() const { return behind_ + static_cast<std::uint64_t>(best_); }

  private:
    std::uint32_t lap_, before_;
    std::int64_t balance_ = 0, best_ = 0;
    std::uint64_t behind_ = 0, place_ = 0;
};

/// Several slots in a row that are of one lap, but of none that could be in this ring.
struct Strangers {
    std::uint32_t lap = 0;
    std::uint64_t place = 0, serial = 0;
    std::uint64_t count = 0;  ///< of the run that is being looked at
    std::optional<Slot> found;

    void add(const Slot& slot) {
        const bool goes_on = count > 0 && lap == slot.lap && place + 1 == slot.place;
        count = goes_on ? count + 1 : 1;
        lap = slot.lap;
        place = slot.place;
        if (count == 2 && !found) found = slot;
    }
};

/// The position at which a lap began: a multiple of the capacity, and not the first lap if there is one before.
std::optional<std::uint64_t> lap_position(std::uint32_t lap, std::uint64_t capacity, bool lap_before) {
    // How often serials may have wrapped: years at a million records a second. Nearly any number
    // agrees with some such count, so that two laps must have shown before that it is the capacity.
    const std::uint64_t most_wraps = lap_before ? 1 << 16 : 1;
    const std::uint64_t least = lap_before ? capacity : 0;
    for (std::uint64_t wraps = 0; wraps < most_wraps; ++wraps) {
        const std::uint64_t position = (wraps << 32) + lap;
        if (position >= least && position % capacity == 0) return position;
    }
    return std::nullopt;
}

std::optional<Slot> slot_at(const Layout& layout, const SlotSource& slots, std::uint64_t place) {
    std::optional<Slot> found;
    each_slot(layout, slots, [&](const Slot& slot) {
        if (slot.place == place) found = slot;
    });
    return found;
}

Error disagreement(const Slot& slot, std::uint64_t capacity, std::uint32_t lap) {
    std::string text =
        fmt::format("its slots do not agree with a ring of {} entries that begins there: slot {} has serial {}",
                    capacity, slot.place, slot.serial);
    const std::uint64_t apart = slot.lap > lap ? slot.lap - lap : lap - slot.lap;
    const bool fits = apart > 1 && apart != capacity && slot.lap % apart == 0 && lap % apart == 0;
    text +=
        fits ? fmt::format("; they agree with one of {}", apart) : "; is its address or its number of entries wrong?";
    return {ErrorCode::Corrupt, text};
}

}  // namespace

Result<RingPhase> find_phase(const Layout& layout, const SlotSource& slots, std::uint64_t capacity,
                             const SlotSource* behind) {
    std::uint64_t readable = 0, empty = 0, records = 0;
    Frequent laps;
    each_slot(layout, slots, [&](const Slot& slot) {
        ++readable;
        if (slot.state == SlotState::Empty) ++empty;
        if (slot.state != SlotState::Record) return;
        ++records;
        laps.add(slot.lap);
    });
    if (readable == 0) return Error{ErrorCode::NotFound, fmt::format("none of its {} slots can be read", capacity)};
    if (empty == readable) return RingPhase{};

    const auto size = static_cast<std::uint32_t>(capacity);
    std::array pairs{Boundary(laps.most(), size), Boundary(laps.most() + size, size)};
    Strangers strangers;
    each_slot(layout, slots, [&](const Slot& slot) {
        if (slot.state != SlotState::Record) return;
        for (Boundary& pair : pairs) pair.add(slot);
        if (!pairs[0].has(slot) && !pairs[1].has(slot)) strangers.add(slot);
    });
    const Boundary& ring = pairs[1].on_their_side() > pairs[0].on_their_side() ? pairs[1] : pairs[0];
    const std::uint64_t agree = ring.on_their_side();
    // Two that agree are no chance; the first record of all may be alone.
    const bool only_one = agree == 1 && ring.lap() == 0 && ring.place() == 1 && empty + 1 >= readable;
    if (agree < 2 && !only_one)
        return Error{ErrorCode::NotFound,
                     fmt::format("no records there: of its {} slots {} can be read, and no two of them are in sequence",
                                 capacity, readable)};
    if (strangers.found) return disagreement(*strangers.found, capacity, ring.lap());
    const auto begun = lap_position(ring.lap(), capacity, ring.wrapped());
    const auto newest = slot_at(layout, slots, ring.place() - 1);
    if (!begun) return disagreement(newest ? *newest : Slot{}, capacity, ring.lap());
    RingPhase phase{*begun + ring.place(), agree};

    // A ring that has been full holds a record a slot: nothing in it is empty.
    const bool full = phase.head >= capacity;
    const std::uint64_t due = full ? readable : ring.place();
    if (due > 2 * agree || (full && empty > 0 && !ring.wrapped()))
        return Error{
            ErrorCode::Corrupt,
            fmt::format("only {} of {} slots hold what a ring of {} entries would hold there: is its address or "
                        "its number of entries wrong?",
                        agree, due, capacity)};
    const std::uint64_t next = ring.place();
    const auto written_next = next < capacity     ? slot_at(layout, slots, next)
                              : behind != nullptr ? slot_at(layout, *behind, 0)
                                                  : std::nullopt;
    if (!written_next) return phase;
    if (next == capacity) {
        if (written_next->state == SlotState::Record && newest && written_next->serial == newest->serial + 1)
            return Error{
                ErrorCode::Corrupt,
                fmt::format("it does not end with its {} entries: behind slot {}, with serial {}, stands serial "
                            "{}; is its number of entries wrong?",
                            capacity, newest->place, newest->serial, written_next->serial)};
        return phase;
    }
    // The CPU stopped while it wrote this slot: the serial, which comes last, is still the old one.
    const bool begun_anew = written_next->state == SlotState::Rubbish && !ring.wrapped();
    const bool newer_time = ring.wrapped() && newest && written_next->time >= newest->time;
    if (begun_anew || newer_time) ++phase.head;
    return phase;
}

}  // namespace kstrax
