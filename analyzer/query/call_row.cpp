// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/call_row.hpp"

namespace kstrax {

void CallRow::set_call(std::uint16_t abi, std::uint16_t nr) {
    row_.set(QueryField::Call, names_.name_of(abi, nr, scratch_));
    row_.set(QueryField::Abi, abi_name(abi));
    if (nr == kNrNone) row_.set(QueryField::Nr, std::int64_t{-1});
    else if (nr != kNrTooBig) row_.set(QueryField::Nr, std::int64_t{nr});
}

void CallRow::set_thread(Tid tid, Tid tgid) {
    row_.set(QueryField::Pid, std::int64_t{tid});
    if (witness_ != nullptr)
        if (const auto nspid = witness_->nspid_of(tid)) row_.set(QueryField::Nspid, std::int64_t{*nspid});
    if (recording_->layout->tgid.size != 0) row_.set(QueryField::Tgid, std::int64_t{tgid});
}

void CallRow::set_time(QueryField of_day, QueryField nanos, Nanos time) {
    row_.set(of_day, wall_.of_day(time));
    row_.set(nanos, static_cast<std::int64_t>(time));
}

const QueryRow& CallRow::of(const Call& call, Nanos now) {
    row_.clear();
    if (call.state != CallState::NoCall && call.state != CallState::UnknownCall) set_call(call.abi, call.nr);
    set_thread(call.tid, call.tgid);
    if (call.cpu != kNoCpu) row_.set(QueryField::Cpu, std::int64_t{call.cpu});
    row_.set(QueryField::State, describe(call.state).name);
    if (call.has_path) row_.set(QueryField::Path, std::string_view(call.path));
    if (call.has_entry) {
        set_time(QueryField::Start, QueryField::StartNs, call.start);
        set_time(QueryField::Time, QueryField::TimeNs, call.start);
    }
    if (call.has_exit) {
        set_time(QueryField::End, QueryField::EndNs, call.end);
        set_return(row_, interpret_return(call.ret, recording_->facts.word_size, names_.role(call.abi, call.nr)));
    }
    if (const auto duration = duration_of(call, now))
        row_.set(QueryField::Duration, static_cast<std::int64_t>(*duration));
    return row_;
}

const QueryRow& CallRow::of(const Record& record) {
    const Entry& entry = record.entry;
    row_.clear();
    set_call(entry.abi, entry.nr);
    set_thread(entry.pid, entry.tgid);
    row_.set(QueryField::Serial, static_cast<std::int64_t>(record.position + 1));
    row_.set(QueryField::Cpu, std::int64_t{record.cpu});
    row_.set(QueryField::Kind, type_of(record).name);
    if (record.has_path) row_.set(QueryField::Path, std::string_view(record.path));
    set_time(QueryField::Time, QueryField::TimeNs, entry.time);
    if (entry.kind == kKindExit)
        set_return(row_,
                   interpret_return(entry.args[0], recording_->facts.word_size, names_.role(entry.abi, entry.nr)));
    return row_;
}

}  // namespace kstrax
