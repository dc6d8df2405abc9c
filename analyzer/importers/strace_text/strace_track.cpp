// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/strace_text/strace_track.hpp"

#include <algorithm>
#include <bit>
#include <deque>
#include <iterator>
#include <set>
#include <vector>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/sinks/escape.hpp"
#include "formats/argument_text.hpp"
#include "formats/record.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kFamily = "strace";
constexpr EventType kSignal{.name = "signal", .role = EventRole::Instant, .family = kFamily, .fields = {}};
constexpr EventType kEnd{
    .name = "end", .role = EventRole::Instant, .family = kFamily, .fields = {}, .ends_thread = true};
constexpr Nanos kDay = 86'400'000'000'000;

/// The first argument that is a file's name or another text, if strace has shown it as one.
void take_path(const StraceLine& line, const Syscall& call, Record& record) {
    if (call.string_args == 0) return;
    const auto place = static_cast<unsigned>(std::countr_zero(call.string_args));
    const auto quoted = quoted_argument(line.text, place);
    record.has_path = quoted && append_unescaped(record.path, quoted->escaped);
    if (!record.has_path) return;
    record.path_cut = quoted->cut;
}

}  // namespace

StraceNames::StraceNames(std::uint32_t audit_arch) {
    constexpr std::uint16_t kAll[]{kAbiNative, kAbiCompat, kAbiX32};
    for (const std::uint16_t abi : kAll) {
        const SyscallTable* table = syscall_table(audit_arch, abi);
        if (table == nullptr) continue;
        for (const Syscall& call : table->calls) {
            Row& row = rows_[call.name];
            const Place place{abi, call.nr, &call};
            if (row.native.call == nullptr) row.native = place;
            if (abi == kAbiCompat || row.compat.call == nullptr) row.compat = place;
        }
    }
}

StraceNames::Place StraceNames::find(std::string_view name, bool compat) const {
    const auto row = rows_.find(name);
    if (row != rows_.end()) return compat ? row->second.compat : row->second.native;
    Place place{compat ? kAbiCompat : kAbiNative, kNrTooBig, nullptr};
    constexpr std::string_view kNameless = "syscall_0x";
    if (name.starts_with(kNameless))
        if (const auto number = parse_number<std::uint16_t>(name.substr(kNameless.size()), 16);
            number && *number < kNrTooBig)
            place.nr = *number;
    return place;
}

class StraceTrack::Cursor final : public EventCursor {
  public:
    explicit Cursor(std::shared_ptr<const StraceForm> form)
        : form_(std::move(form)), rest_(as_text(form_->file->bytes())), alive_{form_->first_thread} {}

    bool next(Record& record) override {
        while (ready_.empty() && !rest_.empty()) {
            const std::string_view line = take_line(rest_);
            form_->file->passed(line.size() + 1);
            take(parse_strace_line(line));
        }
        if (ready_.empty()) flush([](const Record&) { return true; });
        record.loss_before = {};
        record.position = position_;
        if (ready_.empty()) return false;
        const CpuId cpu = record.cpu;
        record = std::move(ready_.front());
        ready_.pop_front();
        record.cpu = cpu;
        record.position = position_++;
        record.next_position = position_;
        return true;
    }

  private:
    struct Open {
        StraceNames::Place place;
        Nanos start = 0;
    };

    void take(const StraceLine& line) {
        if (line.kind == StraceKind::Attached) alive_.insert(*line.thread);
        if (line.kind == StraceKind::Remark && line.thread && line.compat) compat_.insert(*line.thread);
        if (line.kind >= StraceKind::Attached) return;
        const Tid thread = line.thread.value_or(*alive_.begin());
        if (line.thread) alive_.insert(thread);
        const Nanos time = time_of(line);
        // Of the thread itself all that was before, even if a clock's last digit says that it was later.
        flush([&](const Record& exit) { return exit.entry.pid == thread || exit.entry.time <= time; });
        if (line.kind == StraceKind::Call || line.kind == StraceKind::Unfinished) enter(line, thread, time);
        else if (line.kind == StraceKind::Resumed) resume(line, thread, time);
        else if (line.kind == StraceKind::Signal) note(kSignal, line, thread, time);
        else end(line, thread, time);
    }

    void end(const StraceLine& line, Tid thread, Nanos time) {
        note(kEnd, line, thread, time);
        alive_.erase(thread);
        compat_.erase(thread);
        open_.erase(thread);
        if (alive_.empty()) alive_.insert(form_->first_thread);
    }

    Nanos time_of(const StraceLine& line) {
        if (line.clock != StraceClock::OfDay) return line.time;
        if (line.time + kDay / 2 < last_of_day_) day_ += kDay;
        last_of_day_ = line.time;
        return day_ + line.time;
    }

    static Record record_of(Tid thread, Nanos time, std::string_view told) {
        Record record;
        record.entry.pid = thread;
        record.entry.time = time;
        record.told = told;
        return record;
    }

    static Record exit_of(const StraceNames::Place& place, Tid thread, Nanos time, std::uint64_t result) {
        Record exit = record_of(thread, time, {});
        exit.entry.kind = kKindExit;
        exit.entry.abi = place.abi;
        exit.entry.nr = place.nr;
        exit.entry.args[0] = result;
        return exit;
    }

    void enter(const StraceLine& line, Tid thread, Nanos time) {
        const auto place = form_->names.find(line.name, compat_.contains(thread));
        Record entry = record_of(thread, time, line.text);
        entry.entry.kind = kKindEntry;
        entry.entry.abi = place.abi;
        entry.entry.nr = place.nr;
        if (place.call != nullptr) take_path(line, *place.call, entry);
        ready_.push_back(std::move(entry));
        if (line.kind == StraceKind::Unfinished) open_[thread] = {place, time};
        else if (line.result && line.duration)
            pending_.push_back(exit_of(place, thread, time + *line.duration, *line.result));
    }

    void resume(const StraceLine& line, Tid thread, Nanos time) {
        const auto open = open_.find(thread);
        const bool known = open != open_.end();
        const auto place = known ? open->second.place : form_->names.find(line.name, compat_.contains(thread));
        if (known && line.duration) time = open->second.start + *line.duration;
        if (known) open_.erase(open);
        if (!line.result) return;
        ready_.push_back(exit_of(place, thread, time, *line.result));
        ready_.back().told = line.text;
    }

    void note(const EventType& type, const StraceLine& line, Tid thread, Nanos time) {
        ready_.push_back(record_of(thread, time, line.text));
        ready_.back().mark_other(type);
    }

    /// Those exits, the earliest first.
    void flush(auto&& which) {
        const auto behind =
            std::partition(pending_.begin(), pending_.end(), [&](const Record& exit) { return !which(exit); });
        std::sort(behind, pending_.end(),
                  [](const Record& one, const Record& other) { return one.entry.time < other.entry.time; });
        std::move(behind, pending_.end(), std::back_inserter(ready_));
        pending_.erase(behind, pending_.end());
    }

    std::shared_ptr<const StraceForm> form_;
    std::string_view rest_;
    std::deque<Record> ready_;
    std::vector<Record> pending_;  // exits, at most one a thread
    std::map<Tid, Open> open_;
    std::set<Tid> alive_, compat_;
    std::uint64_t position_ = 0;
    Nanos day_ = 0, last_of_day_ = 0;
};

std::unique_ptr<EventCursor> StraceTrack::open() const { return std::make_unique<Cursor>(form_); }

}  // namespace kstrax
