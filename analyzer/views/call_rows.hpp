// SPDX-License-Identifier: GPL-2.0-or-later
// The columns of a report whose rows are calls.
#pragma once

#include <array>

#include "analyzer/sinks/numbers.hpp"
#include "analyzer/views/call_text.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

struct CallLine {
    const ReportContext& context;
    const Call& call;
    std::string& scratch;  // for the name of a call without one
    ReturnValue ret;
    const TaskNote* note;  // null: nothing is known
    Nanos before;          // the moment of the line before
};

/// Where the layout lacks it, only what is known of tasks tells.
[[nodiscard]] inline bool knows_tgid(const ReportContext& context, const Call& call) {
    return context.has_tgid() || call.tgid != 0;
}

/// Of a task that is in no call, or in one that is not known, there is nothing to name.
[[nodiscard]] inline bool has_number(const CallLine& row) {
    return row.call.state != CallState::NoCall && row.call.state != CallState::UnknownCall;
}

inline constexpr std::array kCallColumns{
    Column<CallLine>{"pid", [](const CallLine& r) -> Value { return std::uint64_t{r.call.tid}; }},
    Column<CallLine>{"tgid",
                     [](const CallLine& r) -> Value {
                         return knows_tgid(r.context, r.call) ? Value(std::uint64_t{r.call.tgid}) : Value(Absent{});
                     }},
    Column<CallLine>{"cpu",
                     [](const CallLine& r) -> Value {
                         return r.call.cpu == kNoCpu ? Value(Absent{}) : Value(std::uint64_t{r.call.cpu});
                     }},
    Column<CallLine>{"start_ns",
                     [](const CallLine& r) -> Value { return r.call.has_entry ? Value(r.call.start) : Absent{}; }},
    Column<CallLine>{"end_ns",
                     [](const CallLine& r) -> Value { return r.call.has_exit ? Value(r.call.end) : Absent{}; }},
    Column<CallLine>{"duration_ns",
                     [](const CallLine& r) -> Value {
                         const auto taken = duration_of(r.call, r.context.end);
                         return taken ? Value(*taken) : Absent{};
                     }},
    Column<CallLine>{
        "abi",
        [](const CallLine& r) -> Value { return has_number(r) ? Value(Name{abi_name(r.call.abi)}) : Value(Absent{}); }},
    Column<CallLine>{"nr",
                     [](const CallLine& r) -> Value { return has_number(r) ? number_value(r.call.nr) : Absent{}; }},
    Column<CallLine>{"name",
                     [](const CallLine& r) -> Value {
                         if (!has_number(r)) return Absent{};
                         return Name{call_name(r.context, r.call.abi, r.call.nr, r.scratch)};
                     }},
    Column<CallLine>{"args",
                     [](const CallLine& r) -> Value {
                         if (!r.call.has_entry && !r.call.by_registers) return Absent{};
                         return Words{own_arguments(r.context, r.call.abi, r.call.nr, r.call.args)};
                     },
                     kArgumentsType, kArgumentsMeaning},
    Column<CallLine>{"ret", [](const CallLine& r) -> Value { return r.call.has_exit ? Value(r.ret.value) : Absent{}; }},
    Column<CallLine>{"error",
                     [](const CallLine& r) -> Value { return r.call.has_exit ? error_value(r.ret) : Absent{}; }},
    Column<CallLine>{
        "path",
        [](const CallLine& r) -> Value { return r.call.has_path ? Value(Untrusted{r.call.path}) : Value(Absent{}); }},
    Column<CallLine>{"state", [](const CallLine& r) -> Value { return Name{describe(r.call.state).name}; }},
};

/// What stands for a call where the next one's time is told from it.
[[nodiscard]] inline Nanos moment_of(const Call& call) { return call.has_entry ? call.start : call.end; }

class CallWriter {
  public:
    CallWriter(const ReportContext& context, const RowForm<CallLine>& form, SinkOutput& output,
               const std::string& heading)
        : context_(context), writer_(form, output, heading) {}

    void put(const Call& call, const TaskNote* note = nullptr) {
        const CallRole role = context_.names.role(call.abi, call.nr);
        writer_.put({context_, call, scratch_, interpret_return(call.ret, context_.word_size(), role), note,
                     rows_ == 0 ? moment_of(call) : before_});
        before_ = moment_of(call);
        ++rows_;
    }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }

  private:
    const ReportContext& context_;
    RowWriter<CallLine> writer_;
    std::string scratch_;
    std::uint64_t rows_ = 0;
    Nanos before_ = 0;
};

}  // namespace kstrax
