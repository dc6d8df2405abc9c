// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/in_flight.hpp"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "analyzer/trace/return_value.hpp"
#include "analyzer/views/trust_rows.hpp"

namespace kstrax {

namespace {

/// The moment from which on no record is missing; none if that cannot be said.
std::optional<Nanos> all_there_from(std::span<const CpuTrust> trust) {
    if (std::ranges::any_of(trust, &CpuTrust::damaged)) return std::nullopt;
    return whole_since(trust).value_or(0);
}

bool same_call(const CallNames& names, const TaskCall& task, const Call& call) {
    if (task.abi == call.abi && task.nr == call.nr) return true;
    return names.role(task.abi, task.nr) == CallRole::Execs && names.role(call.abi, call.nr) == CallRole::Execs;
}

}  // namespace

bool is_contradicted(const LineContext& context, const Call& call) {
    return call.state == CallState::InFlight && call.source == CallSource::Ring && context.notes != nullptr &&
           context.notes->end_of(call.tid).call.known();
}

InFlightFinder::InFlightFinder(const ReportContext& context) : context_(context) {
    if (context.notes == nullptr) return;
    found_.notes = context.notes->all();
    for (const TaskNote& note : found_.notes)
        if (is_noteworthy(note)) last_exits_.try_emplace(note.tid);
}

void InFlightFinder::see(const Call& call) {
    if (found_.notes.empty()) return;
    if (is_open(call.state) && context_.notes->find(call.tid) != nullptr) open_[call.tid] = call;
    if (!call.has_exit || last_exits_.empty()) return;
    if (const auto last = last_exits_.find(call.tid); last != last_exits_.end()) last->second = call;
}

InFlightRow InFlightFinder::row_of(const Call& call) const {
    InFlightRow row{.call = call};
    if (context_.notes != nullptr) row.note = context_.notes->find(call.tid);
    row.panicked =
        (context_.panicked != 0 && call.tid == context_.panicked) || (row.note != nullptr && row.note->panicked);
    return row;
}

/// The recorded call that a task has returned from, where no later one can be missing; null if it is not there.
const Call* InFlightFinder::returned(const TaskNote& note, const TaskCall& task,
                                     std::optional<Nanos> whole_from) const {
    const auto known = last_exits_.find(note.tid);
    if (known == last_exits_.end()) return nullptr;
    const Call& last = known->second;
    const bool newest = last.has_exit && whole_from && last.end >= *whole_from;
    return newest && same_call(context_.names, task, last) ? &last : nullptr;
}

/// What its registers say of a task that is in no recorded call.
Call InFlightFinder::call_of(const TaskNote& note, std::optional<Nanos> whole_from) const {
    Call call;
    call.tid = note.tid;
    call.tgid = note.tgid;
    call.cpu = note.running_on.value_or(kNoCpu);
    call.source = CallSource::Task;
    const TaskCall task = context_.notes->end_of(note.tid).call;
    const Call* last = task.has_number() ? returned(note, task, whole_from) : nullptr;
    // A call that the kernel does not have looks the same while it is made and behind its end.
    const bool failed =
        last != nullptr && interpret_return(last->ret, context_.word_size(), CallRole::Ordinary).number == ENOSYS;
    const CallPlace place = !failed ? task.place : note.running_on ? CallPlace::Nowhere : CallPlace::Behind;
    if (place == CallPlace::Unknown || place == CallPlace::Nowhere) {
        call.state = place == CallPlace::Unknown ? CallState::UnknownCall : CallState::NoCall;
        call.nr = kNrNone;
        return call;
    }
    if (place == CallPlace::Behind && last != nullptr) {
        call = *last;
        call.source = CallSource::Both;
    } else {
        call.abi = task.abi;
        call.nr = task.nr;
        std::ranges::copy(task.args, call.args);
    }
    call.state = place == CallPlace::Inside ? CallState::InFlight : CallState::Returning;
    return call;
}

/// Whether a task's own word is a row, beside what records say of it.
bool InFlightFinder::is_shown(const TaskNote& note) const {
    const TaskCall task = context_.notes->end_of(note.tid).call;
    const auto open = note.tid == 0 ? open_.end() : open_.find(note.tid);
    if (open == open_.end()) return is_noteworthy(note) || task.place == CallPlace::Inside;
    const Call& call = open->second;
    return task.has_number() && !is_inside(task, context_.names, call.abi, call.nr, call.args);
}

InFlight InFlightFinder::finish(std::span<const CpuTrust> trust, Selection& selection) {
    InFlight found = std::move(found_);
    const auto whole_from = all_there_from(trust);
    for (const TaskNote& note : found.notes) {
        if (!is_shown(note)) continue;
        InFlightRow row{.call = call_of(note, whole_from), .note = &note, .panicked = note.panicked};
        if (!selection.wants(row.call, context_.end)) continue;
        const bool other = row.call.state == CallState::NoCall || row.call.state == CallState::UnknownCall;
        (other ? found.others : found.calls).push_back(std::move(row));
    }
    const auto lasted = [&](const InFlightRow& row) -> Nanos {  // at least
        if (row.call.has_entry) return context_.end - std::min(context_.end, row.call.start);
        return row.note ? row.note->off_cpu.value_or(0) : 0;
    };
    std::ranges::sort(found.calls, {}, [&](const InFlightRow& row) {
        const bool blocked = row.note && row.note->blocked();
        return std::tuple(!row.panicked, row.may_have_ended(), !blocked, ~lasted(row), row.call.start, row.call.tid);
    });
    std::ranges::sort(found.others, {}, [](const InFlightRow& row) {
        const auto& cpu = row.note->running_on;
        return std::tuple(!cpu, cpu.value_or(0), row.note->tid);
    });
    return found;
}

}  // namespace kstrax
