// SPDX-License-Identifier: GPL-2.0-or-later
// The fields of a record: a row each, in the order of columns and of cells. A row without a meaning has kind,
// meaning and words of the call's field of its name.
#pragma once

#include <array>

#include "analyzer/fields/call_text.hpp"
#include "analyzer/fields/event_text.hpp"
#include "analyzer/fields/field.hpp"
#include "analyzer/fields/line.hpp"
#include "formats/call_numbers.hpp"

namespace kstrax {

namespace fields_detail {

inline Value record_name(const RecordLine& r) {
    if (r.is(kKindOther)) return Name{r.record.type->family};
    return Name{r.context.names.name_of(r.entry().abi, r.entry().nr, r.scratch)};
}
inline Value record_arguments(const RecordLine& r) {
    const std::span all(r.entry().args);
    if (r.is(kKindOther)) return Words{all.first(r.record.type->fields.size())};
    if (!r.is(kKindEntry) || r.context.recording.layout->arg_count == 0) return Absent{};
    return Words{all.first(r.context.recording.layout->arg_count)};
}
/// Text shows what the record has, be it a call's number or not.
inline Value shown_number(const RecordLine& r) {
    if (r.is(kKindOther)) return Absent{};
    return r.entry().nr == kNrNone ? Value(std::int64_t{-1}) : Value(std::uint64_t{r.entry().nr});
}
/// Behind the first blank.
inline Value event_fields(const RecordLine& r) {
    if (!r.record.told.empty()) return Untrusted{r.record.told};
    if (!r.is(kKindOther) || r.record.data.empty() || r.record.type->data_fields.empty()) return Absent{};
    TextBuffer text;
    append_event_fields(text, r.record, r.context.recording.trace.get());
    r.scratch = text.view().substr(1);
    return Untrusted{r.scratch};
}
inline void append_record_time(TextBuffer& out, const RecordLine& r) {
    const ReportClock& clock = r.context.clock;
    if (clock.differences()) clock.append_difference(out, r.before, r.entry().time);
    else clock.append(out, r.entry().time);
}
inline std::vector<std::string_view> kind_words() { return {std::next(kKindNames.begin()), kKindNames.end()}; }

}  // namespace fields_detail

inline constexpr auto kFieldsOfRecords = [] {
    using namespace fields_detail;
    using F = RowField<RecordLine>;
    using R = const RecordLine&;
    using enum FieldKind;
    return std::array{
        F{.line = {{"serial", [](R r) -> Value { return r.record.position + 1; }, Number,
                    "the entry's serial in its ring"},
                   {.heading = "serial", .width = 8, .before = ""}},
          .most = std::numeric_limits<std::uint64_t>::max()},
        F{.line = {{"cpu",
                    [](R r) -> Value {
                        return r.context.recording.cpus_untold ? Value(Absent{}) : Value(std::uint64_t{r.record.cpu});
                    }},
                   {.heading = "cpu", .width = 5, .before = ""}},
          .may_lack = true},
        F{{{"pid", [](R r) -> Value { return std::uint64_t{r.entry().pid}; }},
           {.heading = "pid", .width = 8, .before = ""}}},
        F{{{"tgid",
            [](R r) -> Value {
                return r.context.has_tgid() ? Value(std::uint64_t{r.entry().tgid}) : Value(Absent{});
            }}}},
        F{{{"nspid", [](R r) -> Value { return nspid_value(r.context, r.entry().pid); }}}, kAsked},
        F{{{"time", [](R r) -> Value { return r.context.wall.of_day(r.entry().time); }, TimeOfDay},
           {.heading = "time",
            .heading_of_difference = "since",
            .width = kTimeWidth,
            .side = Side::Left,
            .before = "  ",
            .append = append_record_time}},
          kAsked},
        F{{{"time_ns", [](R r) -> Value { return r.entry().time; }}}},
        F{.line = {{"kind", [](R r) -> Value { return Name{type_of(r.record).name}; }, Word, "the sort of entry"}},
          .places = kColumn | kAsked | kInCall,
          .words = kind_words},
        F{{{"abi",
            [](R r) -> Value { return r.is(kKindOther) ? Value(Absent{}) : Value(Name{abi_name(r.entry().abi)}); }}},
          kColumn | kAsked | kInCall},
        F{.line = {{"nr", [](R r) -> Value { return r.is(kKindOther) ? Value(Absent{}) : number_value(r.entry().nr); }},
                   {.heading = "nr", .width = 6, .before = "", .shown = shown_number}},
          .most = kCallNumbers - 1,
          .may_be_minus_one = true},
        F{{{"name", record_name}}, kColumn | kAsked | kInCall},
        F{{{"args", record_arguments}}, kColumn},
        F{.line = {{"event",
                    [](R r) -> Value { return r.is(kKindOther) ? Value(Name{r.record.type->name}) : Value(Absent{}); },
                    Text, "the name of an event that is no call"}},
          .places = kAsked},
        F{.line = {{"ret", [](R r) -> Value { return r.is(kKindExit) ? Value(r.ret.value) : Value(Absent{}); }}},
          .places = kColumn | kAsked | kInCall,
          .asked = [](R r) -> Value { return r.is(kKindExit) ? asked_return(r.ret) : Value(Absent{}); }},
        F{.line = {{"error", [](R r) -> Value { return r.is(kKindExit) ? error_value(r.ret) : Value(Absent{}); }}},
          .places = kColumn | kAsked | kInCall,
          .asked = [](R r) -> Value { return r.is(kKindExit) ? asked_error(r.ret) : Value(Absent{}); }},
        F{{{"path",
            [](R r) -> Value { return r.record.has_path ? Value(Untrusted{r.record.path}) : Value(Absent{}); }}},
          kColumn | kAsked | kInCall},
        F{{{"path_end",
            [](R r) -> Value {
                const auto path = file_name_of(r.record);
                return path ? Value(Name{path->cut ? "cut" : "whole"}) : Value(Absent{});
            }}},
          kColumn | kAsked | kInCall},
        F{{{"path_read",
            [](R r) -> Value {
                if (!r.record.has_path || !(r.is(kKindEntry) || r.is(kKindExit))) return Absent{};
                return Name{r.record.path_late() ? "exit" : "entry"};
            }}},
          kColumn | kAsked | kInCall},
        F{.line = {{"fields", event_fields, Text, "what an event that is no call says, by name"}},
          .places = kColumn | kAsked},
        F{{{"call", record_name, FieldKind::Call}, {.heading = "call", .before = "  ", .append = append_record}},
          kAsked},
    };
}();

}  // namespace kstrax
