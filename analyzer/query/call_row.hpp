// SPDX-License-Identifier: GPL-2.0-or-later
// Calls and records of a recording as rows for expressions: the values are those
// that the text reports show.
#pragma once

#include <string>

#include "analyzer/query/row.hpp"
#include "analyzer/recording/wall_clock.hpp"
#include "analyzer/trace/call_names.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/record_reader.hpp"
#include "analyzer/trace/return_value.hpp"

namespace kstrax {

inline constexpr FieldSet kCallFields{QueryField::Pid,      QueryField::Tgid,   QueryField::Cpu,     QueryField::Nr,
                                      QueryField::Call,     QueryField::Abi,    QueryField::State,   QueryField::Path,
                                      QueryField::Ret,      QueryField::Error,  QueryField::Time,    QueryField::Start,
                                      QueryField::End,      QueryField::TimeNs, QueryField::StartNs, QueryField::EndNs,
                                      QueryField::Duration, QueryField::Nspid};
inline constexpr FieldSet kRecordFields{QueryField::Serial, QueryField::Pid,  QueryField::Tgid,  QueryField::Cpu,
                                        QueryField::Nr,     QueryField::Call, QueryField::Abi,   QueryField::Kind,
                                        QueryField::Path,   QueryField::Ret,  QueryField::Error, QueryField::Time,
                                        QueryField::TimeNs, QueryField::Nspid};

/// What a return value is in a row: the word as text shows it, or -errno.
inline void set_return(QueryRow& row, const ReturnValue& value) {
    row.set(QueryField::Ret, value.number != 0 ? value.value : static_cast<std::int64_t>(value.word));
    if (value.number != 0) row.set(QueryField::Error, std::int64_t{value.number});
}

class CallRow {
  public:
    /// `local`: times of day are those of the reader's time zone. The recording must outlive it.
    explicit CallRow(const Recording& recording, bool local = false)
        : recording_(&recording), wall_(recording, local), names_(recording.facts.audit_arch) {}

    /// For who is asked about a thread's id in its own namespace; must outlive this.
    void know(const Witness* witness) { witness_ = witness; }

    /// Each valid until the next, and as long as the call or record. `now`: when calls in flight are looked at.
    const QueryRow& of(const Call& call, Nanos now);
    const QueryRow& of(const Record& record);

    [[nodiscard]] const CallNames& names() const { return names_; }

  private:
    void set_call(std::uint16_t abi, std::uint16_t nr);
    void set_thread(Tid tid, Tid tgid);
    void set_time(QueryField of_day, QueryField nanos, Nanos time);

    const Recording* recording_;
    WallClock wall_;
    CallNames names_;
    const Witness* witness_ = nullptr;
    QueryRow row_;
    std::string scratch_;
};

}  // namespace kstrax
