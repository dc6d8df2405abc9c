// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/statistics/statistics.hpp"

#include <algorithm>

#include "analyzer/trace/return_value.hpp"

namespace kstrax {

Statistics::Statistics(const CallNames& names, std::uint8_t word_size, Grouping grouping, bool sketches)
    : names_(names),
      word_size_(word_size),
      grouping_(grouping),
      sketches_(sketches),
      by_call_(grouping == Grouping::Call ? (kAbis + 1) * kCallNumbers : 0) {}

CallStatistics& Statistics::row_of(const Call& call, std::uint64_t error) {
    if (grouping_ == Grouping::Call) {
        CallStatistics& row = by_call_[std::min<std::size_t>(call.abi, kAbis) * kCallNumbers + call.nr % kCallNumbers];
        row.abi = call.abi;
        row.nr = call.nr;
        return row;
    }
    const std::uint64_t key = grouping_ == Grouping::Pid ? call.tid : grouping_ == Grouping::Cpu ? call.cpu : error;
    CallStatistics& row = by_key_[key];
    row.key = key;
    return row;
}

void CallStatistics::add(const CallStatistics& other) {
    if (other.completed > 0) shortest = completed == 0 ? other.shortest : std::min(shortest, other.shortest);
    longest = std::max(longest, other.longest);
    calls += other.calls;
    completed += other.completed;
    total += other.total;
    errors += other.errors;
    no_entry += other.no_entry;
    no_exit += other.no_exit;
    uncertain += other.uncertain;
    in_flight += other.in_flight;
    durations.add(other.durations);
}

void Statistics::add(const Call& call, Nanos now) {
    if (call.state == CallState::ChildReturn) return;
    const ReturnValue value = interpret_return(call.ret, word_size_, names_.role(call.abi, call.nr));
    CallStatistics& row = row_of(call, call.has_exit ? value.number : kNotReturned);
    ++row.calls;
    if (!call.has_entry) ++row.no_entry;
    if (!call.has_exit) ++row.no_exit;
    if (call.has_exit && value.is_error()) ++row.errors;
    if (call.state == CallState::Uncertain) ++row.uncertain;
    if (call.state == CallState::InFlight) row.in_flight += duration_of(call, now).value_or(0);
    if (call.state != CallState::Complete) return;
    // Clocks of two CPUs may differ by less than a call takes.
    const Nanos duration = call.end > call.start ? call.end - call.start : 0;
    row.shortest = row.completed == 0 ? duration : std::min(row.shortest, duration);
    row.longest = std::max(row.longest, duration);
    row.total += duration;
    if (sketches_) row.durations.add(duration);
    ++row.completed;
}

std::vector<CallStatistics> Statistics::rows() const {
    std::vector<CallStatistics> rows;
    for (const CallStatistics& row : by_call_)
        if (row.calls > 0) rows.push_back(row);
    for (const auto& [key, row] : by_key_) rows.push_back(row);
    return rows;
}

}  // namespace kstrax
