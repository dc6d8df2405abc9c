// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/pair.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "analyzer/base/enum_table.hpp"

namespace kstrax {

namespace {

constexpr Nanos kBrief = 1'000'000;
/// Clocks that are further apart are no clock that a kernel uses.
constexpr Nanos kMostSkew = 1'000'000;
/// A thread that goes from one CPU to another takes longer.
constexpr Nanos kSwiftest = 1'000;

constexpr std::array<CallStateInfo, 14> kStates{{
    {CallState::Complete, "complete", "", "entry and exit are both recorded"},
    {CallState::Uncertain, "uncertain", "may be two calls",
     "entry and exit are both recorded, but what lay between them may be overwritten or damaged: the exit may be that "
     "of a later call of the same sort"},
    {CallState::InFlight, "in_flight", "in flight", "still running when the recording ends"},
    {CallState::MayHaveEnded, "may_have_ended", "may have ended: records are missing",
     "no exit of it is there when the recording ends, but that may lie in a part that is missing or damaged"},
    {CallState::ExitNotRecorded, "exit_not_recorded", "may have ended: its kind is recorded no more",
     "no exit of it is there when the recording ends, but the recorder had been told meanwhile to leave out calls of "
     "its kind or its process"},
    {CallState::NoReturn, "no_return", "never returns", "exit and its like, which have no exit to record"},
    {CallState::ExitLost, "exit_lost", "exit lost",
     "its thread went on or is gone, but its exit is not among the records"},
    {CallState::EntryOverwritten, "entry_overwritten", "entry overwritten",
     "it returned, but newer records had taken the place of its entry"},
    {CallState::EntryLost, "entry_lost", "entry lost",
     "it returned, but its entry may lie in a part that is damaged or missing"},
    {CallState::EntryNotRecorded, "entry_not_recorded", "entry not recorded",
     "it returned, but was entered before recording began, or before its kind was recorded, or was refused by seccomp "
     "or a tracer before the recorder's hook"},
    {CallState::ChildReturn, "child_return", "return in the child",
     "a new thread's first return, of its parent's call"},
    {CallState::Returning, "returning", "on its way back",
     "it has its result, but its task is blocked before user mode"},
    {CallState::NoCall, "no_call", "in no call", "a task that ran or was blocked, and is in no call"},
    {CallState::UnknownCall, "unknown_call", "in no recorded call",
     "a task that ran or was blocked; which call it is in, if any, is not known"},
}};
static_assert(in_order(kStates, &CallStateInfo::state));

/// As the kernel returns errors, in a word of either size.
bool may_be_error(std::uint64_t word) {
    constexpr std::uint32_t kMostErrno = 4095;
    return 0 - static_cast<std::uint32_t>(word) - 1 < kMostErrno;
}

void take_path(Call& call, const Record& record) {
    if (!record.has_path || call.has_path) return;
    call.has_path = true;
    call.path_cut = record.path_cut;
    call.path_late = record.path_late();
    call.path = record.path;
}

void without_exit(Call& call) {
    call.has_exit = false;
    call.end = call.ret = 0;
    call.told_at_exit = {};
}

void take_exit(Call& call, const Record& record) {
    call.has_exit = true;
    call.end = record.entry.time;
    call.ret = record.entry.args[0];
    call.told_at_exit = record.told;
    take_path(call, record);
}

}  // namespace

std::span<const CallStateInfo> call_states() { return kStates; }

const CallStateInfo& describe(CallState state) { return row_of(kStates, state); }

std::optional<Nanos> duration_of(const Call& call, Nanos now) {
    if (!call.has_entry || (!call.has_exit && call.state != CallState::InFlight)) return std::nullopt;
    const Nanos end = call.has_exit ? call.end : now;
    return end > call.start ? end - call.start : 0;
}

// Inline: each record comes through it.
inline Pairer::Thread& Pairer::thread_of(const Record& record) {
    Recent& recent = recent_[record.entry.pid % kRecent];
    if (recent.thread == nullptr || recent.tid != record.entry.pid)
        recent = {record.entry.pid, &threads_.of(record.entry.pid)};  // stays where it is, whatever is put in
    return *recent.thread;
}

void Pairer::note(Loss loss) {
    ++number_;
    a_ring_ended_ |= loss.a_ring_ended;
    if (!loss.overwritten && !loss.damaged && !loss.missing) [[likely]]
        return;
    if (loss.overwritten) overwritten_at_ = number_;
    if (loss.damaged) damaged_at_ = number_;
    if (loss.missing) missing_at_ = number_;
}

void Pairer::feed_end(Loss loss) { note(loss); }

void Pairer::feed(const Record& record, Loss loss) {
    note(loss);
    if (record.entry.kind != kKindEntry && record.entry.kind != kKindExit) {
        if (record.type != nullptr && record.type->ends_thread) end(record);
        return;
    }
    Thread& thread = thread_of(record);
    if (ahead_ != nullptr && at_odds(record, thread)) take_behind_another(record, thread);
    else take(record, thread);
}

/// Whatever has its id from now on is another thread.
void Pairer::end(const Record& record) {
    Thread& thread = thread_of(record);
    if (thread.open != nullptr) abandon(thread);
    thread.process = KnownThread::kNobody;
    thread.seen = number_;
}

void Pairer::take(const Record& record, Thread& thread) {
    if (const auto found = contradiction(record, thread)) contradictions_.add(*found, record);
    if (record.entry.kind == kKindEntry) enter(record, thread);
    else leave(record, thread);
    thread.seen = number_;
    const bool ended = record.entry.kind == kKindEntry && thread.open == nullptr;
    thread.process = ended ? KnownThread::kNobody : record.entry.tgid;
}

bool Pairer::nothing_lost_since(const Thread& thread) const {
    return thread.seen != 0 && std::max(overwritten_at_, damaged_at_) <= thread.seen;
}

/// Of a record that nothing is lost before: what it cannot be after the thread's last one.
std::optional<Contradiction> Pairer::contradiction(const Record& record, const Thread& thread) const {
    if (comparable_ == Comparable::No || (comparable_ == Comparable::UntilARingEnds && a_ring_ended_))
        return std::nullopt;
    if (thread.process == KnownThread::kNobody || !nothing_lost_since(thread)) return std::nullopt;
    const Entry& entry = record.entry;
    const bool leaves = entry.kind == kKindExit;
    const CallRole role = names_.role(entry.abi, entry.nr);
    // A new thread, which may have the id of one that is gone, or a new program.
    if (leaves && entry.args[0] == 0 && (role == CallRole::Forks || role == CallRole::Execs)) return std::nullopt;
    if (entry.tgid != thread.process) return Contradiction::OtherProcess;
    if (thread.open == nullptr) {
        const bool sure = leaves && entry.nr != kNrNone && !may_be_error(entry.args[0]);
        return sure ? std::optional(Contradiction::LoneExit) : std::nullopt;
    }
    const OpenCall& call = *thread.open;
    const CallRole open = names_.role(call.abi, call.nr);
    if (open == CallRole::NoReturn || open == CallRole::SigReturn) return std::nullopt;
    if (!leaves) return Contradiction::SecondEntry;
    if (entry.nr == kNrNone || answers(call, record)) return std::nullopt;
    return Contradiction::OtherExit;
}

/// A thread enters and leaves calls in turn. If it seems to do the same thing twice in a row, a record is
/// lost or comes too late.
bool Pairer::at_odds(const Record& record, Thread& thread) {
    const bool open = thread.open != nullptr;
    if (record.entry.kind == kKindEntry) return open;
    if (open) return !answers(*thread.open, record);
    const bool child = record.entry.args[0] == 0 && names_.role(record.entry.abi, record.entry.nr) == CallRole::Forks;
    return !child && (execing_.empty() || execing_sibling(record) == nullptr);
}

/// Looks ahead for the record of the thread that belongs before this one, takes it, and then takes this one.
/// Within the known difference of the clocks, no thread can move to another CPU, so the record found is right.
/// Beyond that difference, it is taken only if nothing is lost since the thread's last record.
void Pairer::take_behind_another(const Record& record, Thread& thread) {
    const Record kept = record;  // looking ahead ends its life
    const bool sure = nothing_lost_since(thread);
    const Nanos near = std::max(kSwiftest, skew_.most);
    const Nanos bound = sure ? kMostSkew : near;
    const auto fits = [&](const Record& other, const Record* after) {
        if (other.entry.kind == kept.entry.kind || other.entry.time < kept.entry.time) return false;
        if (kept.entry.kind == kKindEntry) return answers(*thread.open, other);
        if (!is_answer(other, kept)) return false;
        if (other.entry.time - kept.entry.time <= near) return true;
        // If an exit of its own follows it, the one at hand is of a call whose entry was not recorded.
        return after == nullptr || after->cpu != other.cpu || after->entry.kind != kKindExit ||
               !is_answer(other, *after);
    };
    if (auto other = ahead_->take(kept.entry.pid, kept.cpu, kept.entry.time + bound, fits)) {
        ++skew_.records;
        skew_.most = std::max(skew_.most, other->entry.time - kept.entry.time);
        take(*other, thread);
    }
    take(kept, thread);
}

void Pairer::enter(const Record& record, Thread& thread) {
    if (thread.open != nullptr) abandon(thread);
    thread.open = calls_.make();
    OpenCall& call = *thread.open;
    call.take(record);
    const Entry& entry = record.entry;
    const CallRole role = names_.role(entry.abi, entry.nr);
    if (role == CallRole::NoReturn && entry.pid != panicked_ && !lasts(call)) abandon(thread);
    if (role == CallRole::Execs && entry.tgid != entry.pid) execing_.emplace(std::pair(entry.tgid, number_), entry.pid);
}

/// Does this exit end that call? Number and ABI must agree, but a successful
/// execve returns as the new program's, and sigreturn may return without number.
bool Pairer::answers(std::uint16_t nr, std::uint16_t abi, const Entry& exit) const {
    if (nr == exit.nr && abi == exit.abi) return true;
    const CallRole role = names_.role(abi, nr);
    if (role == CallRole::SigReturn) return exit.nr == kNrNone;
    return role == CallRole::Execs && exit.args[0] == 0 && names_.role(exit.abi, exit.nr) == CallRole::Execs;
}

bool Pairer::answers(const OpenCall& call, const Record& record) const {
    return call.tgid == record.entry.tgid && answers(call.nr, call.abi, record.entry);
}

bool Pairer::is_answer(const Record& entry, const Record& exit) const {
    return answers(entry.entry.nr, entry.entry.abi, exit.entry);
}

/// A thread that is not the leader of its process becomes it by execve, and
/// leaves under the leader's id. Null if this is not such an exit. Of several
/// threads in execve the one that entered last: the others have yet to fail.
Pairer::Thread* Pairer::execing_sibling(const Record& record) {
    const Entry& exit = record.entry;
    if (exit.args[0] != 0 || names_.role(exit.abi, exit.nr) != CallRole::Execs) return nullptr;
    const auto behind = execing_.upper_bound({exit.pid, number_});
    if (behind == execing_.begin() || std::prev(behind)->first.first != exit.pid) return nullptr;
    return &threads_.of(std::prev(behind)->second);
}

/// As a sink takes it, but for its state; an exit is another's, until take_exit() or without_exit(). `open` may lose its
/// file name by it.
inline Call& Pairer::shown(OpenCall& open) {
    Call& call = shown_;
    call.has_entry = true;
    call.source = CallSource::Ring;
    call.tid = open.tid;
    call.tgid = open.tgid;
    call.cpu = open.cpu;
    call.abi = open.abi;
    call.nr = open.nr;
    call.start = open.start;
    call.next_position = open.next_position;
    std::ranges::copy(open.args, call.args);
    if (call.has_path) call.path.clear();
    call.has_path = call.path_cut = call.path_late = false;
    if (open.more) {
        std::ranges::copy(open.more->args, std::begin(call.args) + OpenCall::kArgs);
        call.has_path = open.more->has_path;
        call.path_cut = open.more->path_cut;
        call.path.swap(open.more->path);
        call.told = open.more->told;
    } else {
        call.told = {};
        std::fill(std::begin(call.args) + OpenCall::kArgs, std::end(call.args), 0);
    }
    return call;
}

/// Takes the thread's open call from it: its fate is known.
inline Call& Pairer::close(Thread& thread) {
    Call& call = shown(*thread.open);
    calls_.give_back(thread.open);
    thread.open = nullptr;
    // While a call is open, its entry is its thread's last record.
    if (!execing_.empty()) execing_.erase({call.tgid, thread.seen});
    return call;
}

void Pairer::leave(const Record& record, Thread& thread) {
    if (thread.open != nullptr && answers(*thread.open, record)) {
        complete(thread, record);
        return;
    }
    Thread* sibling = execing_.empty() ? nullptr : execing_sibling(record);
    if (thread.open != nullptr) abandon(thread);
    if (sibling != nullptr) complete(*sibling, record);
    else leave_alone(record, why_no_entry(record, thread));
}

/// May this exit be of a later call than the thread's open one? Rings wrap
/// unevenly: an old entry on a quiet CPU outlives the exit and the next entry on
/// a busy one. Where entry and exit stand side by side and close in time, the
/// thread is taken to have stayed; should it not have, the error is below kBrief.
bool Pairer::uncertain(const Thread& thread, const Record& exit) const {
    if (std::max(overwritten_at_, damaged_at_) <= thread.seen) return false;
    const OpenCall& call = *thread.open;
    const bool neighbours = exit.cpu == call.cpu && exit.position == call.next_position;
    return !neighbours || exit.entry.time >= call.start + kBrief;
}

void Pairer::complete(Thread& thread, const Record& record) {
    const CallState state = uncertain(thread, record) ? CallState::Uncertain : CallState::Complete;
    Call& call = close(thread);
    take_exit(call, record);
    call.state = state;
    sink_(call);
}

/// The thread's open call will see no exit any more.
void Pairer::abandon(Thread& thread) {
    Call& call = close(thread);
    const CallRole role = names_.role(call.abi, call.nr);
    const bool never = role == CallRole::NoReturn || role == CallRole::SigReturn;
    without_exit(call);
    call.state = never ? CallState::NoReturn : CallState::ExitLost;
    sink_(call);
}

CallState Pairer::why_no_entry(const Record& record, const Thread& thread) const {
    const Entry& exit = record.entry;
    if (exit.args[0] == 0 && names_.role(exit.abi, exit.nr) == CallRole::Forks) return CallState::ChildReturn;
    // The entry lies behind the thread's last record: is anything missing since?
    if (overwritten_at_ > thread.seen) return CallState::EntryOverwritten;
    if (damaged_at_ > thread.seen) return CallState::EntryLost;
    return CallState::EntryNotRecorded;
}

void Pairer::leave_alone(const Record& record, CallState state) {
    Call call;
    call.state = state;
    call.tid = record.entry.pid;
    call.tgid = record.entry.tgid;
    call.cpu = record.cpu;
    call.abi = record.entry.abi;
    call.nr = record.entry.nr;
    take_exit(call, record);
    sink_(call);
}

/// Whether the thread is still in this exit or exit_group.
bool Pairer::lasts(const OpenCall& exit_call) const {
    if (witness_ == nullptr) return false;
    const ThreadEnd end = witness_->end_of(exit_call.tid);
    if (end.fate != Fate::There) return false;
    return !end.call.known() || is_inside(end.call, names_, exit_call.abi, exit_call.nr, exit_call.args.data());
}

CallState Pairer::by_records(const OpenCall& call, const Thread& thread) const {
    if (missing_at_ > thread.seen) return CallState::MayHaveEnded;
    if (only_ != nullptr && !only_->lets_pass(call.tid, call.tgid, call.abi, call.nr))
        return CallState::ExitNotRecorded;
    return CallState::InFlight;
}

/// A thread that is gone, or elsewhere by now, has left its open call without an exit that is there.
/// If it is elsewhere though no record since can be missing, the two witnesses disagree, and the
/// call stays what the records say.
CallState Pairer::state_at_end(const OpenCall& call, const Thread& thread) const {
    const CallState recorded = by_records(call, thread);
    const ThreadEnd end = witness_ == nullptr ? ThreadEnd{} : witness_->end_of(call.tid);
    const CallState ended =
        names_.role(call.abi, call.nr) == CallRole::NoReturn ? CallState::NoReturn : CallState::ExitLost;
    if (end.fate == Fate::Gone) return ended;
    if (end.fate == Fate::Unknown || !end.call.known()) return recorded;
    if (is_inside(end.call, names_, call.abi, call.nr, call.args.data())) return CallState::InFlight;
    const bool unseen = recorded != CallState::InFlight || std::max(overwritten_at_, damaged_at_) > thread.seen;
    return unseen ? ended : recorded;
}

bool Pairer::seen_inside(const OpenCall& call) const {
    return witness_ != nullptr &&
           is_inside(witness_->end_of(call.tid).call, names_, call.abi, call.nr, call.args.data());
}

void Pairer::finish() {
    std::vector<const Thread*> ended, open;
    open.reserve(calls_.size());
    for (const Thread& thread : threads_)
        if (thread.open != nullptr) (is_open(state_at_end(*thread.open, thread)) ? open : ended).push_back(&thread);
    for (auto* threads : {&ended, &open}) {
        std::ranges::sort(*threads, {},
                          [&](const Thread* thread) { return std::pair(thread->open->start, thread->tid); });
        for (const Thread* thread : *threads) {
            Call& call = shown(*thread->open);
            without_exit(call);
            call.state = state_at_end(*thread->open, *thread);
            if (is_open(call.state) && seen_inside(*thread->open)) call.source = CallSource::Both;
            sink_(call);
        }
    }
}

}  // namespace kstrax
