// SPDX-License-Identifier: GPL-2.0-or-later
// The fields of a call: a row each, in the order of columns and of cells.
#pragma once

#include <array>

#include "analyzer/fields/call_text.hpp"
#include "analyzer/fields/field.hpp"
#include "analyzer/fields/line.hpp"
#include "formats/call_numbers.hpp"

namespace kstrax {

/// Where the layout lacks it, only what is known of tasks tells.
[[nodiscard]] inline bool knows_tgid(const CallLine& r) { return r.context.has_tgid() || r.call.tgid != 0; }

/// Of a task that is in no call, or in one that is not known, there is nothing to name.
[[nodiscard]] inline bool has_number(const CallLine& r) {
    return r.call.state != CallState::NoCall && r.call.state != CallState::UnknownCall;
}

/// Its entry is recorded, or its task's registers still hold it.
[[nodiscard]] inline bool knows_arguments(const Call& call) {
    const bool none = call.state == CallState::NoCall || call.state == CallState::UnknownCall;
    return call.has_entry || (call.source == CallSource::Task && !none);
}

/// What stands for a call where the next one's time is told from it.
[[nodiscard]] inline Nanos moment_of(const Call& call) { return call.has_entry ? call.start : call.end; }

namespace fields_detail {

inline Value start_of_day(const CallLine& r) {
    return r.call.has_entry ? Value(r.context.wall.of_day(r.call.start)) : Value(Absent{});
}
inline Value start_of(const CallLine& r) { return r.call.has_entry ? Value(r.call.start) : Value(Absent{}); }
inline Value time_taken(const CallLine& r) {
    const auto taken = duration_of(r.call, r.context.end);
    return taken ? Value(*taken) : Value(Absent{});
}
inline Value name_of(const CallLine& r) {
    if (!has_number(r)) return Absent{};
    return Name{r.context.names.name_of(r.call.abi, r.call.nr, r.scratch)};
}
inline Value told_arguments(const CallLine& r) {
    if (r.call.told.empty() && r.call.told_at_exit.empty()) return Absent{};
    r.scratch.assign(r.call.told).append(r.call.told_at_exit);
    return Untrusted{r.scratch};
}
inline std::vector<std::string_view> state_words() {
    std::vector<std::string_view> words;
    for (const CallStateInfo& state : call_states()) words.push_back(state.name);
    return words;
}

inline std::vector<std::string_view> source_words() { return {kCallSources.begin(), kCallSources.end()}; }

inline void append_time_or_dash(TextBuffer& out, const ReportClock& clock, bool there, Nanos time) {
    if (there) clock.append(out, time);
    else clock.append_absent(out);
}
/// The start, or the time since the line before.
inline void append_start(TextBuffer& out, const CallLine& r) {
    const ReportClock& clock = r.context.clock;
    if (clock.differences()) clock.append_difference(out, r.before, moment_of(r.call));
    else append_time_or_dash(out, clock, r.call.has_entry, r.call.start);
}
/// The end, or how long the call took.
inline void append_end(TextBuffer& out, const CallLine& r) {
    const ReportClock& clock = r.context.clock;
    if (!clock.differences()) append_time_or_dash(out, clock, r.call.has_exit, r.call.end);
    else if (r.call.has_entry && r.call.has_exit) clock.append_difference(out, r.call.start, r.call.end);
    else clock.append_absent(out);
}

/// How long it took; ">" before that of a call in flight, which takes longer.
inline void append_time_taken(TextBuffer& out, const CallLine& r) {
    constexpr std::size_t kWidth = 8;
    TextBuffer text;
    if (const auto taken = duration_of(r.call, r.context.end)) {
        if (r.call.state == CallState::InFlight) text.push_back('>');
        append_short_time(text, *taken);
    } else {
        text.push_back('-');
    }
    append_padded(out, text.view(), kWidth, Side::Right);
}

/// What is known of its task.
inline const TaskNote* note_of(const CallLine& r) {
    if (r.note != nullptr || r.context.notes == nullptr) return r.note;
    return r.context.notes->find(r.call.tid);
}

inline constexpr std::size_t kCommandWidth = 15;  // as long as the kernel keeps them
/// The task's name, or "-".
inline void append_command(TextBuffer& out, const CallLine& r) {
    TextBuffer text;
    if (const TaskNote* note = note_of(r)) append_task_name(text, note->command);
    else text.push_back('-');
    append_padded(out, text.view(), kCommandWidth, Side::Left);
}

inline constexpr Cell<CallLine> kStartCell{.heading = "start",
                                           .heading_of_difference = "since",
                                           .width = kTimeWidth,
                                           .side = Side::Left,
                                           .before = "  ",
                                           .append = append_start};
inline constexpr Cell<CallLine> kEndCell{.heading = "end",
                                         .heading_of_difference = "for",
                                         .width = kTimeWidth,
                                         .side = Side::Left,
                                         .before = "  ",
                                         .append = append_end};
inline constexpr unsigned kFullLines = kFullLine | kNamedLine;

}  // namespace fields_detail

inline constexpr auto kFieldsOfCalls = [] {
    using namespace fields_detail;
    using F = RowField<CallLine>;
    using R = const CallLine&;
    using enum FieldKind;
    return std::array{
        F{{{"pid", [](R r) -> Value { return std::uint64_t{r.call.tid}; }, Number, "the thread"},
           {.heading = "pid", .width = 7, .before = ""}}},
        F{{{"tgid", [](R r) -> Value { return knows_tgid(r) ? Value(std::uint64_t{r.call.tgid}) : Value(Absent{}); },
            Number, "its process"}}},
        F{.line = {{"cpu",
                    [](R r) -> Value {
                        const bool untold = r.call.cpu == kNoCpu || r.context.recording.cpus_untold;
                        return untold ? Value(Absent{}) : Value(std::uint64_t{r.call.cpu});
                    },
                    Number, "the CPU that it entered on"},
                   {.heading = "cpu", .width = 3, .before = "  ", .rank = 1}},
          .may_lack = true,
          .lines = kFullLines},
        F{{{"time", start_of_day, TimeOfDay, "when the call was issued, or the entry recorded"}}, kAsked},
        F{{{"time_ns", start_of, Nanoseconds, "time by CLOCK_MONOTONIC"}}, kAsked},
        F{.line = {{"start", start_of_day, TimeOfDay, "when the call was issued"}, kStartCell},
          .places = kAsked,
          .may_lack = true},
        F{{{"start_ns", start_of, Nanoseconds, "start by CLOCK_MONOTONIC"}}},
        F{.line = {{"end",
                    [](R r) -> Value {
                        return r.call.has_exit ? Value(r.context.wall.of_day(r.call.end)) : Value(Absent{});
                    },
                    TimeOfDay, "when it returned"},
                   kEndCell},
          .places = kAsked,
          .may_lack = true},
        F{{{"end_ns", [](R r) -> Value { return r.call.has_exit ? Value(r.call.end) : Value(Absent{}); }, Nanoseconds,
            "end by CLOCK_MONOTONIC"}}},
        F{.line = {{"duration", time_taken, Duration, "how long it took, or has taken when in flight"},
                   {.heading = "duration", .width = 8, .before = "  ", .append = append_time_taken}},
          .places = kAsked,
          .lines = kFullLines,
          .measures = true},
        F{.line = {{"duration_ns", time_taken, Nanoseconds, "duration as a plain number"}}, .measures = true},
        F{.line = {{"abi",
                    [](R r) -> Value { return has_number(r) ? Value(Name{abi_name(r.call.abi)}) : Value(Absent{}); },
                    Word, "the table that the number is of"}},
          .places = kColumn | kAsked | kInCall,
          .words = abi_words},
        F{{{"nr", [](R r) -> Value { return has_number(r) ? number_value(r.call.nr) : Value(Absent{}); }, Number,
            "its number"}}},
        F{{{"name", name_of, FieldKind::Call, "the system call's name"}}, kColumn | kAsked | kInCall},
        F{{{"args",
            [](R r) -> Value {
                if (!knows_arguments(r.call) || r.context.recording.layout->arg_count == 0) return Absent{};
                return Words{own_arguments(r.context, r.call.abi, r.call.nr, r.call.args)};
            },
            Numbers, "the arguments, in hexadecimal"}},
          kColumn},
        F{{{"arguments", told_arguments, Text, "the arguments as strace has printed them; of its text only"}},
          kToldColumn | kAsked},
        F{.line = {{"ret", [](R r) -> Value { return r.call.has_exit ? Value(r.ret.value) : Value(Absent{}); }, Number,
                    "what it returned; errors are negative"}},
          .places = kColumn | kAsked | kInCall,
          .asked = [](R r) -> Value { return r.call.has_exit ? asked_return(r.ret) : Value(Absent{}); },
          .measures = true},
        F{.line = {{"error", [](R r) -> Value { return r.call.has_exit ? error_value(r.ret) : Value(Absent{}); },
                    ErrorNumber, "the errno that it failed with"}},
          .places = kColumn | kAsked | kInCall,
          .asked = [](R r) -> Value { return r.call.has_exit ? asked_error(r.ret) : Value(Absent{}); }},
        F{{{"path", [](R r) -> Value { return r.call.has_path ? Value(Untrusted{r.call.path}) : Value(Absent{}); },
            Text, "the file name given to open and its like"}},
          kColumn | kAsked | kInCall},
        F{.line = {{"path_end",
                    [](R r) -> Value {
                        const auto path = file_name_of(r.call);
                        return path ? Value(Name{path->cut ? "cut" : "whole"}) : Value(Absent{});
                    },
                    Word, "whether all of the file name is there"}},
          .places = kColumn | kAsked | kInCall,
          .words = path_end_words},
        F{.line = {{"path_read",
                    [](R r) -> Value {
                        const auto path = file_name_of(r.call);
                        return path ? Value(Name{path->late ? "exit" : "entry"}) : Value(Absent{});
                    },
                    Word, "when the name was read; at exit, its process may have written another there"}},
          .places = kColumn | kAsked | kInCall,
          .words = path_read_words},
        F{.line = {{"state", [](R r) -> Value { return Name{describe(r.call.state).name}; }, Word,
                    "what became of the call"}},
          .places = kColumn | kAsked | kInCall,
          .words = state_words},
        F{.line = {{"command",
                    [](R r) -> Value {
                        const TaskNote* note = note_of(r);
                        return note != nullptr ? Value(Untrusted{note->command}) : Value(Absent{});
                    },
                    Text, "the task's name at the end; from dumps with the kernel's pages only"},
                   {.heading = "command",
                    .width = kCommandWidth,
                    .side = Side::Left,
                    .before = "  ",
                    .append = append_command,
                    .rank = 1}},
          .places = kTaskColumn | kAsked,
          .may_lack = true,
          .lines = kNamedLine},
        F{{{"task_state",
            [](R r) -> Value {
                const TaskNote* note = note_of(r);
                return note != nullptr && !note->state.empty() ? Value(Untrusted{note->state}) : Value(Absent{});
            },
            Text, "the task's state, as ps and crash name it; from such dumps only"}},
          kTaskColumn},
        F{{{"nspid",
            [](R r) -> Value {
                const TaskNote* note = note_of(r);
                return note != nullptr && note->nspid ? Value(std::uint64_t{*note->nspid}) : Value(Absent{});
            },
            Number, "the thread, as its container numbers it; dumps with the kernel's pages only"}},
          kTaskColumn | kAsked},
        F{.line = {{"off_cpu_ns",
                    [](R r) -> Value {
                        const TaskNote* note = note_of(r);
                        return note != nullptr && note->off_cpu ? Value(*note->off_cpu) : Value(Absent{});
                    },
                    Nanoseconds, "nanoseconds since the task last ran: at least so long it has waited"}},
          .places = kTaskColumn,
          .measures = true},
        F{.line = {{"source", [](R r) -> Value { return Name{kCallSources[std::size_t(r.call.source)]}; }, Word,
                    "who tells of a call in flight: ring (records), task (registers) or both"}},
          .places = kFlightColumn | kAsked,
          .words = source_words},
        F{{{"call", name_of, FieldKind::Call, "the system call's name, or a class of calls"},
           {.heading = "call", .before = "  ", .append = append_whole_call, .rank = 2}},
          kAsked},
    };
}();

}  // namespace kstrax
