// SPDX-License-Identifier: GPL-2.0-or-later
// A call and a record as rows: with all that their fields depend on.
#pragma once

#include <string>

#include "analyzer/fields/task_notes.hpp"
#include "analyzer/recording/recording.hpp"
#include "analyzer/recording/wall_clock.hpp"
#include "analyzer/sinks/value.hpp"
#include "analyzer/trace/call_names.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/return_value.hpp"
#include "analyzer/wording/argument_text.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

/// What every row depends on besides its own call or record.
struct LineContext {
    /// `local`: filters take times of day as those of the reader's time zone.
    explicit LineContext(const Recording& from, bool local = false)
        : recording(from), names(from.facts.audit_arch), wall(from, local), clock(from) {}

    const Recording& recording;
    CallNames names;
    /// The times of day that filters compare.
    WallClock wall;
    /// How text shows times.
    ReportClock clock;
    /// When the recording ends: the panic, else the last record read so far.
    Nanos end = 0;
    /// What is known of tasks beside the recording; null if nothing.
    const TaskNotes* notes = nullptr;
    /// By which arguments are shown as what they mean; null: as hexadecimal numbers.
    const ArgumentMeanings* meanings = nullptr;

    [[nodiscard]] bool has_tgid() const { return recording.layout->tgid.size != 0; }
    [[nodiscard]] std::uint8_t word_size() const { return recording.facts.word_size; }
};

struct CallLine {
    const LineContext& context;
    const Call& call;
    std::string& scratch;  // for the name of a call without one
    ReturnValue ret;
    const TaskNote* note;  // null: nothing is known
    Nanos before;          // the moment of the line before
    bool panicked = false;
};

struct RecordLine {
    const LineContext& context;
    const Record& record;
    std::string& scratch;  // for the name of a call without one
    ReturnValue ret;       // of an exit
    Nanos before;          // the moment of the line before

    [[nodiscard]] const Entry& entry() const { return record.entry; }
    [[nodiscard]] bool is(RecordKind kind) const { return record.entry.kind == kind; }
};

[[nodiscard]] inline CallLine line_of(const LineContext& context, const Call& call, std::string& scratch) {
    return {context, call,
            scratch, interpret_return(call.ret, context.word_size(), context.names.role(call.abi, call.nr)),
            nullptr, 0};
}
[[nodiscard]] inline RecordLine line_of(const LineContext& context, const Record& record, std::string& scratch) {
    const Entry& entry = record.entry;
    return {context, record, scratch,
            interpret_return(entry.args[0], context.word_size(), context.names.role(entry.abi, entry.nr)), 0};
}

/// A number as it was recorded: -1 and "none" are told apart from real ones.
[[nodiscard]] inline Value number_value(std::uint16_t nr) {
    if (nr == kNrNone) return std::int64_t{-1};
    if (nr == kNrTooBig) return Absent{};
    return std::uint64_t{nr};
}

/// The name of an errno or ERESTART…; absent for success and for numbers without a name.
[[nodiscard]] inline Value error_value(const ReturnValue& ret) {
    const ErrnoInfo* info = ret.number == 0 ? nullptr : errno_info(ret.number);
    return info == nullptr ? Value(Absent{}) : Value(Name{info->name});
}

/// What filters compare: the word as text shows it, or -errno; and the number of the error.
[[nodiscard]] inline Value asked_return(const ReturnValue& ret) {
    return ret.number != 0 ? ret.value : static_cast<std::int64_t>(ret.word);
}
[[nodiscard]] inline Value asked_error(const ReturnValue& ret) {
    return ret.number != 0 ? Value(std::uint64_t{ret.number}) : Value(Absent{});
}

/// A thread's id in its own namespace.
[[nodiscard]] inline Value nspid_value(const LineContext& context, Tid thread) {
    const auto nspid = context.notes != nullptr ? context.notes->nspid_of(thread) : std::nullopt;
    return nspid ? Value(std::uint64_t{*nspid}) : Value(Absent{});
}

[[nodiscard]] inline std::vector<std::string_view> path_end_words() { return {"whole", "cut"}; }
[[nodiscard]] inline std::vector<std::string_view> path_read_words() { return {"entry", "exit"}; }

[[nodiscard]] inline std::vector<std::string_view> abi_words() {
    std::vector<std::string_view> words;
    for (std::uint16_t abi = 0; abi <= kAbis; ++abi) words.push_back(abi_name(abi));
    return words;
}

}  // namespace kstrax
