// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/filter.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "analyzer/base/suggest.hpp"
#include "analyzer/query/comparison.hpp"
#include "formats/call_classes.hpp"
#include "formats/call_numbers.hpp"

namespace kstrax {

namespace {

template <typename T>
bool passes(const std::vector<T>& list, const T& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

std::string describe(const Filter& filter) {
    std::vector<std::string> parts;
    if (!filter.cpus.empty()) parts.push_back(fmt::format("CPU {}", fmt::join(filter.cpus, ", ")));
    if (!filter.tasks.empty()) parts.push_back(fmt::format("PID {}", fmt::join(filter.tasks, ", ")));
    if (!filter.calls.empty()) parts.push_back(fmt::format("{}", fmt::join(filter.calls, ", ")));
    if (filter.window)
        parts.push_back(
            fmt::format("the last {}.{:09} s", *filter.window / 1'000'000'000, *filter.window % 1'000'000'000));
    if (filter.last)
        parts.push_back(fmt::format("the last {} of each {}", *filter.last, filter.tasks.empty() ? "CPU" : "PID"));
    for (const Condition& condition : filter.conditions) parts.push_back(condition.words);
    for (const When& moment : filter.moments) parts.push_back(moment.words);
    if (filter.opened) parts.emplace_back("opened files");
    return fmt::format("{}", fmt::join(parts, "; "));
}

bool Filter::asks(std::string_view field) const {
    const FieldId id = find_field(field)->id;
    return std::ranges::any_of(conditions, [&](const Condition& one) { return one.expression.fields().has(id); });
}

std::string hint(const Filter& filter) {
    for (const Condition& condition : filter.conditions)
        if (const auto pattern = condition.expression.plain_pattern(); !pattern.empty())
            return fmt::format("; a pattern is of the whole text: \"{}*\" is what begins so", pattern);
    return "";
}

namespace {

std::string cpu_numbers(const Recording& recording) {
    std::string numbers;
    for (std::size_t i = 0; i < recording.cpus.size();) {
        std::size_t last = i;
        while (last + 1 < recording.cpus.size() && recording.cpus[last + 1].cpu == recording.cpus[last].cpu + 1) ++last;
        numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", recording.cpus[i].cpu);
        if (last > i) numbers += fmt::format(" to {}", recording.cpus[last].cpu);
        i = last + 1;
    }
    return numbers;
}

/// A number that no CPU of the machine could have is a slip of the hand.
Result<void> check_cpus(const Filter& filter, const Recording& recording) {
    for (const CpuId cpu : filter.cpus) {
        if (recording.cpus.empty() || cpu < recording.facts.possible_cpus ||
            std::ranges::find(recording.cpus, cpu, &CpuTrack::cpu) != recording.cpus.end())
            continue;
        return Error{ErrorCode::Usage,
                     fmt::format("-C {}: there is no such CPU; the recording has {}", cpu, cpu_numbers(recording))};
    }
    return {};
}

using CallBits = std::array<std::bitset<kCallNumbers>, kAbis>;

/// The calls that one word of -e names: a class, a name, a number, or what reports call a call
/// without a name. False if there is none.
bool add_calls(const std::string& wanted, const CallNames& names, CallBits& calls) {
    bool known = false;
    const auto add = [&](std::string_view name) {
        for (std::uint16_t abi = 0; abi < kAbis; ++abi) {
            const Syscall* call = names.find(abi, name);
            if (call == nullptr) continue;
            calls[abi].set(call->nr);
            known = true;
        }
    };
    if (const CallClass* one = find_call_class(wanted)) each_call_name(one->calls, add);
    else add(wanted);
    const auto unnamed = unnamed_call_number(wanted);
    const auto number = unnamed ? unnamed : call_number(wanted);
    for (std::uint16_t abi = 0; abi < kAbis; ++abi) {
        if (number && (!unnamed || names.find(abi, *number) == nullptr)) calls[abi].set(*number);
        if (wanted == kUnknownCall) calls[abi].set(kNrNone).set(kNrTooBig);
    }
    return known || number || wanted == kUnknownCall;
}

}  // namespace

Expression opened_files(FieldSet fields) {
    Expression named = Expression::both(Expression::exists("path"), Expression::exists("error").negated());
    return fields.has(find_field("state")->id) ? Expression::both(std::move(named), Expression::exists("ret")) : named;
}

namespace {

/// Some event of the recording has each of them.
Result<void> check_own_fields(const Condition& condition, const Recording& recording, FieldSet fields) {
    for (const Expression::OwnUse& use : condition.expression.own_fields()) {
        Nearest nearest(use.field);
        bool there = false;
        for (const FieldInfo& info : field_infos())
            if (fields.has(info.id)) nearest.offer(info.name);
        if (recording.trace != nullptr)
            for (const TraceEventType& type : recording.trace->types)
                for (const TraceField& field : type.fields) {
                    there |= field.name == use.field;
                    nearest.offer(field.name);
                }
        if (there) continue;
        return Error{ErrorCode::Usage,
                     fmt::format("no field '{}', nor has an event one{}", use.field, nearest.question()), std::nullopt,
                     use.quote};
    }
    return {};
}

}  // namespace

Result<Selection> Selection::make(const Filter& filter, const Recording& recording, FieldSet fields, Nanos end,
                                  const TaskNotes* notes) {
    Selection selection;
    for (const Condition& condition : filter.conditions) {
        if (const auto use = condition.expression.first_beyond(fields))
            return Error{ErrorCode::Usage,
                         fmt::format("{}: this report has no field '{}'", condition.words, use->field)};
        if (const auto there = check_own_fields(condition, recording, fields); !there) return there.error();
        selection.conditions_.push_back(condition.expression);
        if (condition.of_time) selection.times_.push_back(condition.expression);
    }
    if (filter.opened) selection.conditions_.push_back(opened_files(fields));
    FieldSet asked;
    for (const Expression& one : selection.conditions_) asked.add(one.fields());
    selection.row_ = std::make_unique<CallRow>(recording, asked, filter.local_times, notes);
    if (const auto there = check_cpus(filter, recording); !there) return there.error();
    selection.recording_ = &recording;
    selection.wall_.emplace(recording, filter.local_times);
    selection.moments_ = filter.moments;
    selection.end_ = end;
    selection.cpus_ = filter.cpus;
    selection.tasks_ = filter.tasks;
    selection.last_ = filter.last;
    if (filter.window) selection.since_ = end - std::min(end, *filter.window);
    if (!filter.calls.empty()) selection.calls_.emplace();
    for (const std::string& wanted : filter.calls)
        if (!add_calls(wanted, selection.row_->context().names, *selection.calls_))
            return Error{ErrorCode::Usage, "-e: " + no_such_call(wanted)};
    return selection;
}

Selection::Facts Selection::facts_of(const Call& call) {
    constexpr Nanos kStillOn = std::numeric_limits<Nanos>::max();
    const Nanos latest = lasts_to_the_end(call.state) ? kStillOn : call.has_exit ? call.end : call.start;
    return {call.cpu,
            call.tid,
            call.tgid,
            call.abi,
            call.nr,
            latest,
            call.has_entry ? std::optional(call.start) : std::nullopt};
}

Selection::Facts Selection::facts_of(const Record& record) {
    const Entry& entry = record.entry;
    return {record.cpu, entry.pid, entry.tgid, entry.abi, entry.nr, entry.time, entry.time};
}

bool Selection::moments_hold(const Facts& facts) const {
    if (!facts.issued) return false;
    const std::int64_t wall = recording_->wall_ns(*facts.issued) + wall_->ahead_ns(*facts.issued);
    const auto before_end = static_cast<std::int64_t>(*facts.issued - end_);  // negative
    return std::ranges::all_of(moments_,
                               [&](const When& one) { return one.holds(one.before_end ? before_end : wall); });
}

bool Selection::matches(const Facts& facts) const {
    if (facts.latest < since_ || !passes(cpus_, facts.cpu)) return false;
    if (!passes(tasks_, facts.tid) && !passes(tasks_, facts.tgid)) return false;
    if (!moments_.empty() && !moments_hold(facts)) return false;
    if (!calls_) return true;
    return facts.abi < kAbis && facts.nr < kCallNumbers && (*calls_)[facts.abi].test(facts.nr);
}

/// What the limit to the last ones is counted by.
std::uint64_t Selection::group(const Facts& facts) const {
    if (tasks_.empty()) return facts.cpu;
    return std::find(tasks_.begin(), tasks_.end(), facts.tid) != tasks_.end() ? facts.tid : facts.tgid;
}

bool Selection::conditions_hold(const QueryRow& row) const {
    return std::ranges::all_of(conditions_, [&](const Expression& one) { return one.matches(row); });
}

void Selection::count(const Facts& facts) { ++left_[group(facts)]; }

bool Selection::is_among_last(const Facts& facts) {
    if (!last_) return true;
    std::uint64_t& left = left_[group(facts)];
    const bool wanted = left <= *last_;
    if (left > 0) --left;
    return wanted;
}

void Selection::count(const Call& call, Nanos now) {
    const Facts facts = facts_of(call);
    if (matches(facts) && (conditions_.empty() || conditions_hold(row_->of(call, now)))) count(facts);
}

void Selection::count(const Record& record) {
    const Facts facts = facts_of(record);
    if (matches(facts) && (conditions_.empty() || conditions_hold(row_->of(record)))) count(facts);
}

bool Selection::wants(const Call& call, Nanos now) {
    const Facts facts = facts_of(call);
    if (!matches(facts)) return false;
    if (!conditions_.empty() && !conditions_hold(row_->of(call, now))) return false;
    return is_among_last(facts);
}

bool Selection::wants_moment(Nanos time) {
    Record moment;
    moment.entry.time = time;
    if (time < since_ || (!moments_.empty() && !moments_hold(facts_of(moment)))) return false;
    if (times_.empty()) return true;
    const QueryRow& row = row_->of(moment);
    return std::ranges::all_of(times_, [&](const Expression& one) { return one.matches(row); });
}

bool Selection::wants(const Record& record) {
    const Facts facts = facts_of(record);
    if (!matches(facts)) return false;
    if (!conditions_.empty() && !conditions_hold(row_->of(record))) return false;
    return is_among_last(facts);
}

}  // namespace kstrax
