// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/record_reader.hpp"

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::size_t kMostFollowing = 8;  // records that say whether the one before them is too late

}  // namespace

void add_missing(std::vector<CpuTrust>& cpus, std::span<const CpuId> missing) {
    for (const CpuId cpu : missing) {
        cpus.emplace_back();
        cpus.back().cpu = cpu;
        cpus.back().absent = true;
    }
    std::ranges::stable_sort(cpus, {}, &CpuTrust::cpu);
}

RecordReader::RecordReader(const Recording& recording, const CpuTrack& track)
    : layout_(*recording.layout),
      entry_size_(recording.facts.entry_size),
      track_(track),
      slots_(track.slots ? track.slots->open() : nullptr),
      events_(track.slots ? nullptr : track.events->open()),
      decode_(layout_),
      rules_(recording),
      times_(recording),
      expected_(track.first) {
    trust_.cpu = track.cpu;
    trust_.head = track.head;
    trust_.overwritten = track.first;
    trust_.lost = track.lost;
    if (slots_) next_slot();
}

/// Moves ahead_ to the next whole slot. Damage on the way is counted, not returned.
/// Entries are taken apart where they stay: a copy made at once would wait for them to be stored.
bool RecordReader::next_slot() {
    if (there_) loss_ = {};  // else what is missing at the end still is
    there_ = false;
    for (;;) {
        while (in_run_ == run_.count) {
            auto run = slots_->next();
            if (!run) {
                begins_ = true;
                trust_.lost = track_.lost;  // which may have grown with the ring
                return false;
            }
            run_ = *run;
            in_run_ = 0;
            trust_.head = std::max(trust_.head, run_.first_position + run_.count);
            trust_.overwritten += run_.overwritten_before;
            trust_.unreadable += run_.unreadable_before;
            loss_.overwritten |= run_.overwritten_before > 0;
            loss_.damaged |= run_.unreadable_before > 0;
            loss_.missing |= run_.unreadable_before > 0;
            if (run_.unreadable_before > 0) ++trust_.gaps;
        }
        const std::uint64_t position = run_.first_position + in_run_;
        const Bytes slot =
            run_.slots.subspan(static_cast<std::size_t>(in_run_ * entry_size_), static_cast<std::size_t>(entry_size_));
        ++in_run_;
        decode_(slot, ahead_.entry);
        const Entry& entry = ahead_.entry;
        if (entry.serial != static_cast<std::uint32_t>(position + 1)) {
            ++trust_.torn;
            trust_.newest_torn = position + 1 == trust_.head;
            loss_.damaged = true;
            loss_.missing |= !trust_.newest_torn;
            continue;
        }
        if (const Flaw flaw = rules_(entry); flaw != Flaw::None) {
            ++trust_.invalid;
            ++trust_.flaws[static_cast<std::size_t>(flaw)];
            loss_.damaged = loss_.missing = true;
            continue;
        }
        ++trust_.entries;
        if (entry.kind == kKindEntry) ++trust_.calls;
        if (run_.suspect) ++trust_.suspect;
        ahead_.position = position;
        ahead_.bytes = slot;
        there_ = true;
        return true;
    }
}

void RecordReader::append_path(Record& record, const Slot& slot) const {
    const std::string_view piece = as_text(path_bytes(layout_, slot.bytes));
    const std::string_view name = bounded_text(piece);
    record.path_cut = name.size() == piece.size();  // no NUL yet
    if (record.path.size() + name.size() <= kMostPath) record.path += name;
    else record.path_cut = true;
}

/// What an importer gives as it is; in it there is nothing that does not make an event.
bool RecordReader::next_event(Record& record) {
    record.cpu = trust_.cpu;
    const bool there = events_->next(record);
    const Loss& loss = record.loss_before;
    if (loss.missing) ++trust_.gaps;
    if (record.position > expected_) (loss.missing ? trust_.unreadable : trust_.torn) += record.position - expected_;
    if (!there) {
        loss_ = loss;
        trust_.newest_torn = trust_.torn > 0 && !loss.missing;
        return false;
    }
    expected_ = record.next_position;
    ++trust_.entries;
    if (record.entry.kind == kKindEntry) ++trust_.calls;
    trust_.head = std::max(trust_.head, record.next_position);
    if (!trust_.first_time) trust_.first_time = record.entry.time;
    trust_.last_time = record.entry.time;
    return true;
}

bool RecordReader::next(Record& record) {
    if (events_) return next_event(record);
    for (;;) {
        if (!there_ && !next_slot()) return false;  // a ring that is written to may go on behind its end
        const bool begins = begins_;
        next_record(record);
        const Flaw flaw = !in_time(record) ? Flaw::Time : !begins && is_nameless(record) ? Flaw::Name : Flaw::None;
        if (flaw == Flaw::None) break;
        leave_out(record, flaw);
    }
    if (!trust_.first_time) trust_.first_time = record.entry.time;
    trust_.last_time = record.entry.time;
    return true;
}

bool RecordReader::in_time(const Record& record) {
    const Nanos time = record.entry.time;
    if (times_.fits(time, there_ ? ahead_.entry.time : time)) return true;
    std::array<Nanos, kMostFollowing> following{};
    std::size_t count = 0;
    if (there_) following[count++] = ahead_.entry.time;
    for (std::uint64_t i = in_run_; there_ && i < run_.count && count < following.size(); ++i) {
        Entry entry{};
        decode_(run_.slots.subspan(static_cast<std::size_t>(i * entry_size_), static_cast<std::size_t>(entry_size_)),
                entry);
        if (entry.serial == static_cast<std::uint32_t>(run_.first_position + i + 1)) following[count++] = entry.time;
    }
    return times_.fit(time, std::span(following).first(count));
}

/// The rest of a file name, and what it is of is not lost: then it is something else.
bool RecordReader::is_nameless(const Record& record) const {
    return record.entry.kind == kKindPath && !record.loss_before.any() && rules_.own();
}

/// With its file name. What it was is not known: an entry or an exit is missing here.
void RecordReader::leave_out(const Record& record, Flaw flaw) {
    const std::uint64_t slots = record.next_position - record.position;
    trust_.invalid += slots;
    trust_.flaws[static_cast<std::size_t>(flaw)] += slots;
    trust_.entries -= slots;
    if (record.entry.kind == kKindEntry) --trust_.calls;
    loss_.overwritten |= record.loss_before.overwritten;
    loss_.damaged = loss_.missing = true;
}

/// From ahead_, with what follows of its file name.
void RecordReader::next_record(Record& record) {
    begins_ = false;
    record.entry = ahead_.entry;
    record.cpu = trust_.cpu;
    record.position = ahead_.position;
    record.loss_before = loss_;
    record.path.clear();
    record.path_cut = false;
    record.has_path = ahead_.entry.kind == kKindPath;
    if (record.has_path) append_path(record, ahead_);

    // The slots of its file name: directly behind it, and of the same call.
    std::uint64_t expected = ahead_.position + 1;
    while (next_slot() && ahead_.entry.kind == kKindPath && ahead_.position == expected &&
           ahead_.entry.pid == record.entry.pid && ahead_.entry.nr == record.entry.nr &&
           ahead_.entry.time == record.entry.time && (!record.has_path || record.path_cut)) {
        record.has_path = true;
        append_path(record, ahead_);
        ++expected;
    }
    record.next_position = expected;
}

}  // namespace kstrax
