// SPDX-License-Identifier: GPL-2.0-or-later
// A call as text: name(arguments) = value. Numbers are hexadecimal, pointers are
// shown as values, but the file name of an open or creat as itself. Or, if the
// context has meanings, as strace shows them.
#pragma once

#include <optional>

#include "analyzer/fields/line.hpp"
#include "analyzer/sinks/escape.hpp"

namespace kstrax {

/// With "compat:" or "x32:" before names from another than the native table.
void append_call_name(TextBuffer& out, const LineContext& context, std::uint16_t abi, std::uint16_t nr);

/// The file name that came with a call or a record.
struct FileName {
    std::string_view text;
    bool cut;   ///< what follows is lost
    bool late;  ///< read when the call had ended: its process may have written another there
};
[[nodiscard]] std::optional<FileName> file_name_of(const Call& call);
[[nodiscard]] std::optional<FileName> file_name_of(const Record& record);

/// In quotes; behind them "..." where it is cut off, and "?" where it is late.
void append_path(TextBuffer& out, const FileName& path);

/// A task's name, escaped. Two blanks, or a dash alone, are none: so a reader of a line sees where it ends.
void append_task_name(TextBuffer& out, std::string_view name);

struct ArgumentText {
    std::uint16_t abi;
    std::uint16_t nr;
    std::span<const std::uint64_t> words;
    std::optional<FileName> path;
    std::string_view told = {}, told_behind = {};  ///< instead, where the recording has text
};
/// name(…)
void append_call(TextBuffer& out, const LineContext& context, const ArgumentText& call);

/// 0x3, or -1 ENOENT (No such file or directory), or ? ERESTARTSYS (…). `words`: the call's
/// arguments, where they are known.
void append_return(TextBuffer& out, const LineContext& context, std::uint16_t abi, std::uint16_t nr,
                   std::span<const std::uint64_t> words, const ReturnValue& value);

/// The argument words that a call has: as many as its table says, all if it is not known.
[[nodiscard]] std::span<const std::uint64_t> own_arguments(const LineContext& context, std::uint16_t abi,
                                                           std::uint16_t nr, const std::uint64_t* words);

/// name(…) = value <state>: the whole of a call.
void append_whole_call(TextBuffer& out, const CallLine& line);

/// Of a record, what it has of that; an event of another family as "sched: wakeup target=0xc".
void append_record(TextBuffer& out, const RecordLine& line);

}  // namespace kstrax
