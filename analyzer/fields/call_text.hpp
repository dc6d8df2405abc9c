// SPDX-License-Identifier: GPL-2.0-or-later
// A call as text: name(arguments) = value. Numbers are hexadecimal, pointers are
// shown as values, but the file name of an open or creat as itself. Or, if the
// context has meanings, as strace shows them.
#pragma once

#include "analyzer/fields/line.hpp"
#include "analyzer/sinks/escape.hpp"

namespace kstrax {

/// With "compat:" or "x32:" before names from another than the native table.
void append_call_name(TextBuffer& out, const LineContext& context, std::uint16_t abi, std::uint16_t nr);

/// A file name in quotes; with "..." behind them where it is cut off.
void append_path(TextBuffer& out, std::string_view path, bool cut);

/// A task's name, escaped. Two blanks, or a dash alone, are none: so a reader of a line sees where it ends.
void append_task_name(TextBuffer& out, std::string_view name);

struct ArgumentText {
    std::uint16_t abi;
    std::uint16_t nr;
    std::span<const std::uint64_t> words;
    bool has_path;
    bool path_cut;
    std::string_view path;
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
