// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/fields/call_text.hpp"

#include <iterator>

#include "analyzer/fields/event_text.hpp"
#include "analyzer/sinks/numbers.hpp"

namespace kstrax {

void append_call_name(TextBuffer& out, const LineContext& context, std::uint16_t abi, std::uint16_t nr) {
    if (abi != kAbiNative) {
        append(out, abi_name(abi));
        out.push_back(':');
    }
    std::string scratch;
    append(out, context.names.name_of(abi, nr, scratch));
}

std::optional<FileName> file_name_of(const Call& call) {
    if (!call.has_path) return std::nullopt;
    return FileName{call.path, call.path_cut, call.path_late};
}

std::optional<FileName> file_name_of(const Record& record) {
    if (!record.has_path) return std::nullopt;
    return FileName{record.path, record.path_cut, record.path_late()};
}

void append_path(TextBuffer& out, const FileName& path) {
    out.push_back('"');
    append_c_escaped(out, path.text);
    append(out, path.cut ? "\"..." : "\"");
    if (path.late) out.push_back('?');
}

void append_task_name(TextBuffer& out, std::string_view name) {
    if (name == "-") {
        append(out, "\\055");
        return;
    }
    TextBuffer escaped;
    append_c_escaped(escaped, name);
    const std::string_view text = escaped.view();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool alone = i > 0 && i + 1 < text.size() && text[i + 1] != ' ';
        if (text[i] == ' ' && !alone) append(out, "\\040");
        else out.push_back(text[i]);
    }
}

std::span<const std::uint64_t> own_arguments(const LineContext& context, std::uint16_t abi, std::uint16_t nr,
                                             const std::uint64_t* words) {
    const std::size_t recorded = context.recording.layout->arg_count;
    const Syscall* call = context.names.find(abi, nr);
    return {words, call == nullptr ? recorded : std::min<std::size_t>(call->arg_count, recorded)};
}

namespace {

/// What is an escape already stays one. A tab would end a column.
void append_told(TextBuffer& out, std::string_view text) {
    for (std::size_t tab = text.find('\t'); tab != text.npos; tab = text.find('\t')) {
        append_log_escaped(out, text.substr(0, tab));
        append(out, "\\t");
        text.remove_prefix(tab + 1);
    }
    append_log_escaped(out, text);
}

}  // namespace

void append_call(TextBuffer& out, const LineContext& context, const ArgumentText& call) {
    append_call_name(out, context, call.abi, call.nr);
    out.push_back('(');
    if (!call.told.empty() || !call.told_behind.empty()) [[unlikely]] {
        append_told(out, call.told);
        append_told(out, call.told_behind);
        if (call.told.ends_with(", ") && call.told_behind.empty()) append(out, "...");  // it did not come back to tell
        out.push_back(')');
        return;
    }
    const Syscall* known = context.names.find(call.abi, call.nr);
    const int named = known == nullptr ? -1 : known->file_name_arg;
    const CallForm* form = nullptr;
    std::size_t count = call.words.size();
    if (context.meanings != nullptr) [[unlikely]] {
        form = context.meanings->form_of(call.abi, call.nr, call.words);
        if (form != nullptr) count = std::min<std::size_t>(count, form->count);
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) append(out, ", ");
        if (call.path && static_cast<int>(i) == named) append_path(out, *call.path);
        else if (form != nullptr) context.meanings->append(out, form->arguments[i], call.abi, call.words[i]);
        else append_hex(out, call.words[i]);
    }
    out.push_back(')');
}

void append_return(TextBuffer& out, const LineContext& context, std::uint16_t abi, std::uint16_t nr,
                   std::span<const std::uint64_t> words, const ReturnValue& value) {
    if (value.number == 0) {
        const CallForm* form = context.meanings == nullptr ? nullptr : context.meanings->form_of(abi, nr, words);
        // A negative number that is no error is an address, or what the call's caller left in the register.
        const bool as_word = form == nullptr || form->returns.form == ArgumentForm::Pointer ||
                             (form->returns.form == ArgumentForm::Long && value.value < 0);
        if (as_word) append_hex(out, value.word);
        else context.meanings->append(out, form->returns, abi, value.word);
        return;
    }
    append(out, value.is_restart() ? "? " : "-1 ");
    if (const ErrnoInfo* info = errno_info(value.number))
        fmt::format_to(std::back_inserter(out), "{} ({})", info->name, info->text);
    else fmt::format_to(std::back_inserter(out), "errno {}", value.number);
}

void append_whole_call(TextBuffer& out, const CallLine& line) {
    const LineContext& context = line.context;
    const Call& call = line.call;
    std::span<const std::uint64_t> words;
    if (call.has_entry) {
        words = own_arguments(context, call.abi, call.nr, call.args);
        append_call(out, context, {call.abi, call.nr, words, file_name_of(call), call.told, call.told_at_exit});
    } else {
        append_call_name(out, context, call.abi, call.nr);
        append(out, "(");
        if (const auto path = file_name_of(call)) append_path(out, *path);
        else append(out, "?");
        append(out, ")");
    }
    append(out, " = ");
    if (call.has_exit) append_return(out, context, call.abi, call.nr, words, line.ret);
    else append(out, "?");
    if (const std::string_view state = describe(call.state).text; !state.empty()) {
        append(out, " <");
        append(out, state);
        append(out, ">");
    }
}

namespace {

/// An event of another importer.
void append_event(TextBuffer& out, const LineContext& context, const Record& record) {
    const EventType& type = *record.type;
    fmt::format_to(std::back_inserter(out), "{}: {}", type.family, type.name);
    append_event_fields(out, record, context.recording.trace.get());
    if (!record.told.empty()) {
        append(out, " ");
        append_told(out, record.told);
    }
    const auto path = file_name_of(record);
    if (!path) return;
    append(out, " ");
    append_path(out, *path);
}

}  // namespace

void append_record(TextBuffer& out, const RecordLine& line) {
    const Record& record = line.record;
    const Entry& entry = record.entry;
    if (line.is(kKindOther)) {
        append_event(out, line.context, record);
        return;
    }
    if (line.is(kKindEntry)) {
        append_call(out, line.context,
                    {entry.abi, entry.nr, own_arguments(line.context, entry.abi, entry.nr, entry.args),
                     file_name_of(record), record.told});
        return;
    }
    append_call_name(out, line.context, entry.abi, entry.nr);
    if (const auto path = file_name_of(record)) {
        append(out, line.is(kKindPath) ? " ..." : " ");
        append_path(out, *path);
    }
    if (line.is(kKindExit)) {
        append(out, " = ");
        append_return(out, line.context, entry.abi, entry.nr, {}, line.ret);
    } else {
        append(out, " <rest of a file name>");
    }
}

}  // namespace kstrax
